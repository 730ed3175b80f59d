import type { AccessTokenVerifier } from '@countersign/access-token-verifier'
import { expect, it } from 'vitest'
import { ask, askForMe, OPEN_JSON, PRIVATE_JSON } from '../support/answer.ts'
import { startIssuer } from '../support/test-issuer.ts'
import { startServer, startServerWith } from '../support/test-server.ts'

const METADATA = '/.well-known/oauth-protected-resource'

it('describes itself [RFC 9728 §2]', async () => {
  const issuer = await startIssuer()
  const { url } = await startServer(issuer)

  const answer = await ask(url + METADATA)

  expect(answer).toEqual({
    status: 200,
    headers: { ...OPEN_JSON, 'cache-control': 'public, max-age=60' },
    body: {
      resource: 'http://127.0.0.1:8001',
      authorization_servers: [issuer.issuer],
      scopes_supported: ['profile'],
      bearer_methods_supported: ['header'],
    },
  })
})

it('describes itself behind the path of its audience, too, and nowhere else [RFC 9728 §3.1]', async () => {
  const { issuer } = await startIssuer()
  const { url } = await startServer({ issuer, audience: 'https://api.example.com/v1/(beta)' })

  const answers = await Promise.all(['/v1/(beta)', '', '/v2'].map((path) => ask(url + METADATA + path)))

  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 404])
})

it('lets every page send an access token', async () => {
  const { url } = await startServer(await startIssuer())
  const headers = {
    origin: 'https://page.example',
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'authorization',
  }

  const answer = await ask(`${url}/users/me`, { method: 'OPTIONS', headers })

  expect(answer).toEqual({
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'authorization,content-type,x-requested-with,x-request-id',
      'access-control-max-age': '600',
      'x-content-type-options': 'nosniff',
    },
    body: undefined,
  })
})

it.each(['GET', 'PROPFIND'])('answers 404 to a %s where there is nothing', async (method) => {
  const { url } = await startServer(await startIssuer())

  const answer = await ask(`${url}/users/you`, { method })

  expect(answer).toEqual({
    status: 404,
    headers: PRIVATE_JSON,
    body: { error: 'invalid_request', error_description: 'There is nothing at this address.' },
  })
})

it.each(['POST', 'PROPFIND'])('answers 405 to a %s with the methods there are', async (method) => {
  const { url } = await startServer(await startIssuer())

  const answer = await ask(`${url}/users/me`, { method })

  expect(answer).toEqual({
    status: 405,
    headers: { ...PRIVATE_JSON, allow: 'HEAD, GET' },
    body: { error: 'invalid_request', error_description: 'This address takes HEAD, GET.' },
  })
})

it('answers 405 to an OPTIONS that is no preflight', async () => {
  const { url } = await startServer(await startIssuer())

  const answer = await ask(`${url}/users/me`, { method: 'OPTIONS' })

  expect(answer).toMatchObject({
    status: 405,
    headers: { allow: 'HEAD, GET' },
    body: { error: 'invalid_request', error_description: 'This address takes HEAD, GET.' },
  })
})

it('tells of a fault only that there was one, and logs the rest', async () => {
  const verifier: AccessTokenVerifier = {
    issuer: 'http://127.0.0.1:8000',
    audience: 'http://127.0.0.1:8001',
    verify: () => Promise.reject(new Error('out of luck')),
    prepare: () => Promise.resolve(),
    ready: () => true,
    close: () => {},
  }
  const { url, lines } = await startServerWith(verifier)

  const answer = await askForMe(url, 'a-token')

  expect(answer).toEqual({
    status: 500,
    headers: PRIVATE_JSON,
    body: {
      error: 'server_error',
      error_description: 'Something went wrong. It has been logged; try again later.',
    },
  })
  expect(lines).toEqual([
    expect.objectContaining({ level: 'error', err: expect.objectContaining({ message: 'out of luck' }) }),
    expect.objectContaining({ status: 500, error: 'server_error' }),
  ])
})

it('is alive at once, and ready once it holds a key set', async () => {
  const issuer = await startIssuer()
  const { url } = await startServer(issuer)

  const before = [await ask(`${url}/livez`), await ask(`${url}/readyz`)]
  await askForMe(url, await issuer.token())
  const after = await ask(`${url}/readyz`)

  expect(before).toEqual([
    { status: 200, headers: PRIVATE_JSON, body: { status: 'alive' } },
    {
      status: 503,
      headers: { ...PRIVATE_JSON, 'retry-after': '1' },
      body: { status: 'not ready', failed: ['key_set'] },
    },
  ])
  expect(after).toEqual({ status: 200, headers: PRIVATE_JSON, body: { status: 'ready' } })
})
