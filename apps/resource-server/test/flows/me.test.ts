import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { ask, askForMe, PRIVATE_JSON } from '../support/answer.ts'
import { NOW, startIssuer } from '../support/test-issuer.ts'
import { startServer } from '../support/test-server.ts'

const RESOURCE_METADATA = 'resource_metadata="http://127.0.0.1:8001/.well-known/oauth-protected-resource"'

/** The whole answer of a refusal (RFC 6750 §3). */
function refusal(status: number, error: string, description: string, scope = '') {
  return {
    status,
    headers: {
      ...PRIVATE_JSON,
      'www-authenticate': `Bearer error="${error}", error_description="${description}"${scope}, ${RESOURCE_METADATA}`,
    },
    body: { error, error_description: description },
  }
}

it('answers the profile of the user', async () => {
  const issuer = await startIssuer()
  const { url } = await startServer(issuer)

  const answer = await askForMe(url, await issuer.token())

  expect(answer).toEqual({
    status: 200,
    headers: PRIVATE_JSON,
    body: { sub: 'usr_alice', username: 'alice', full_name: 'Alice Wonderland', disabled: false },
  })
})

it('answers null for a user without a name', async () => {
  const issuer = await startIssuer()
  const { url } = await startServer(issuer)

  const answer = await askForMe(url, await issuer.token({ name: undefined }))

  expect(answer.body).toEqual({ sub: 'usr_alice', username: 'alice', full_name: null, disabled: false })
})

it('names the token endpoint of no token, and no error [RFC 6750 §3.1, RFC 9728 §5.1]', async () => {
  const issuer = await startIssuer()
  const { url } = await startServer(issuer)

  const answer = await ask(`${url}/users/me`)

  expect(answer).toEqual({
    status: 401,
    headers: { ...PRIVATE_JSON, 'www-authenticate': `Bearer ${RESOURCE_METADATA}` },
    body: {
      error_description:
        'This request needs an access token: send it as Authorization: Bearer, one space, the token.',
    },
  })
})

it('takes no token from the query string [RFC 6750 §2.3, RFC 9700 §4.3.2]', async () => {
  const issuer = await startIssuer()
  const { url } = await startServer(issuer)

  const answer = await ask(`${url}/users/me?access_token=${await issuer.token()}`)

  expect(answer).toMatchObject({
    status: 401,
    headers: { 'www-authenticate': `Bearer ${RESOURCE_METADATA}` },
  })
})

it('refuses two Authorization headers', async () => {
  const issuer = await startIssuer()
  const { url } = await startServer(issuer)
  const bearer = `Bearer ${await issuer.token()}`

  const answer = await ask(`${url}/users/me`, { headers: { authorization: [bearer, bearer] } })

  expect(answer).toEqual(refusal(400, 'invalid_request', 'Send one Authorization header, not several.'))
})

it('refuses a Bearer header that is not one token', async () => {
  const issuer = await startIssuer()
  const { url } = await startServer(issuer)

  const answer = await ask(`${url}/users/me`, { headers: { authorization: 'Bearer one two' } })

  expect(answer).toEqual(
    refusal(
      400,
      'invalid_request',
      'Write the Authorization header as: Bearer, one space, the access token.',
    ),
  )
})

it('refuses a token that has expired', async () => {
  const issuer = await startIssuer()
  const { url } = await startServer(issuer)

  const answer = await askForMe(url, await issuer.token({ exp: NOW - 60 }))

  expect(answer).toEqual(refusal(401, 'invalid_token', 'This access token has expired: get a new one.'))
})

it('refuses a token without the scope', async () => {
  const issuer = await startIssuer()
  const { url } = await startServer(issuer)

  const answer = await askForMe(url, await issuer.token({ scope: 'email' }))

  expect(answer).toEqual(
    refusal(
      403,
      'insufficient_scope',
      'This request needs the scope profile: ask for an access token that has it.',
      ', scope="profile"',
    ),
  )
})

it.each([
  ["a client's own token", { sub: 'demo', client_id: 'demo' }],
  ['a token without a user name', { preferred_username: undefined }],
])('refuses %s', async (_name, claims) => {
  const issuer = await startIssuer()
  const { url } = await startServer(issuer)

  const answer = await askForMe(url, await issuer.token(claims))

  expect(answer).toEqual(
    refusal(
      403,
      'insufficient_scope',
      'This request needs the access token of a user, with the scope profile: sign a user in to get one.',
      ', scope="profile"',
    ),
  )
})

it('asks to come back when the key set cannot be had', async () => {
  const issuer = await startIssuer()
  const { url } = await startServer(issuer)
  const token = await issuer.token()
  await issuer.close()

  const answer = await askForMe(url, token)

  const description = "The issuer's keys cannot be fetched right now: try again in a moment."
  expect(answer).toEqual({
    status: 503,
    headers: { ...PRIVATE_JSON, 'retry-after': '1' },
    body: { error: 'temporarily_unavailable', error_description: description },
  })
})

it('goes on answering while the issuer is away', async () => {
  const issuer = await startIssuer()
  const { url } = await startServer(issuer)
  const token = await issuer.token()
  await askForMe(url, token)
  await issuer.close()

  const answer = await askForMe(url, token)

  expect(answer.status).toBe(200)
})

it('connects to the issuer address where the name of the issuer is not reachable', async () => {
  const name = await nobodysAddress()
  const issuer = await startIssuer({ host: '127.0.0.2', name })
  const { url } = await startServer({ issuer: name, issuerAddress: issuer.address })

  const answer = await askForMe(url, await issuer.token())

  expect(answer.status).toBe(200)
})

it('logs the client of a verified token, and why a token is refused', async () => {
  const issuer = await startIssuer()
  const { url, lines } = await startServer(issuer)

  await askForMe(url, await issuer.token())
  await askForMe(url, await issuer.token({ aud: 'https://other.example' }))

  expect(lines).toEqual([
    expect.objectContaining({ route: '/users/me', status: 200, clientId: 'demo' }),
    expect.objectContaining({
      route: '/users/me',
      status: 401,
      error: 'wrong_audience',
      expected: 'http://127.0.0.1:8001',
      actual: 'https://other.example',
    }),
  ])
})

/** An address on loopback where nothing listens: it was free a moment ago. */
async function nobodysAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}
