import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { authenticateClient } from '../../src/domain/clients/authenticate-client.ts'
import { saveClient } from '../../src/domain/clients/client-store.ts'
import type { OAuthError } from '../../src/oauth/error.ts'
import { CLIENT_PARAMETERS, parseParameters } from '../../src/oauth/parameters.ts'
import { aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from '../support/rows.ts'
import { type Answer, startTestServer, type TestServer } from '../support/test-server.ts'

const OWN = '203.0.113.5'
const ELSEWHERE = '192.0.2.66'
const REQUEST = { grant_type: 'client_credentials', client_id: 'app', token: 'x' }
const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

async function start(): Promise<TestServer> {
  const server = await startTestServer({ trustedProxies: 1 })
  await addOrdinaryRows(server, aConfidentialClient({ grantTypes: ['client_credentials'] }))
  return server
}

function show(server: TestServer, address: string, client_secret: string, path = '/token') {
  return server.post(path, { ...REQUEST, client_secret }, { 'x-forwarded-for': address })
}

function statuses(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

describe('guesses at a client secret', () => {
  it('are answered ten times when two thousand come at once', async () => {
    const server = await start()
    const guess = async (secret: number) => {
      const request = parseParameters(`client_id=app&client_secret=${secret}`, CLIENT_PARAMETERS)
      const deps = { ...server, assertionAudiences: [] }
      return authenticateClient(deps, { authorization: [], network: ELSEWHERE }, request)
    }

    const guesses = await Promise.allSettled(Array.from({ length: 2_000 }, (_, i) => guess(i)))
    const reasons = guesses.map((one) => one.status === 'rejected' && (one.reason as OAuthError).reason)

    expect(reasons.filter((reason) => reason === 'invalid_client')).toHaveLength(10)
    expect(reasons.filter((reason) => reason === 'too_many_attempts')).toHaveLength(1_990)
  })

  it('do not slow the client down at an address it has proven itself from', async () => {
    const server = await start()
    await show(server, OWN, CLIENT_SECRET)
    const guessing = Array.from({ length: 40 }, async () => {
      const answers = []
      for (let guess = 0; guess < 10; guess++) answers.push(await show(server, ELSEWHERE, `${guess}`))
      return answers
    })

    const own = []
    for (let request = 0; request < 20; request++) own.push(await show(server, OWN, CLIENT_SECRET))

    expect(statuses((await Promise.all(guessing)).flat())).toEqual({ 401: 10, 429: 390 })
    expect(statuses(own)).toEqual({ 200: 20 })
  })

  it('are told to wait, in the same words as a sign-in [RFC 6585 §4]', async () => {
    const server = await start()
    for (let guess = 0; guess < 10; guess++) await show(server, ELSEWHERE, 'wrong')

    const answer = await show(server, ELSEWHERE, CLIENT_SECRET)

    expect(answer).toMatchObject({
      status: 429,
      body: {
        error: 'temporarily_unavailable',
        error_description:
          'Too many failed attempts to authenticate as this client: wait a while before the next try.',
      },
    })
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(server.logs).toContainEqual(
      expect.objectContaining({ event: 'rate_limited', detail: 'limit of the name from this address' }),
    )
  })

  it('count together however they are sent, and to whichever endpoint', async () => {
    const server = await start()
    const headers = {
      authorization: `Basic ${Buffer.from('app:wrong').toString('base64')}`,
      'x-forwarded-for': ELSEWHERE,
    }
    const answers = []
    for (const path of ['/token', '/revoke', '/introspect']) {
      answers.push(await show(server, ELSEWHERE, 'wrong', path), await show(server, ELSEWHERE, 'wrong', path))
      answers.push(await server.post(path, { grant_type: 'client_credentials', token: 'x' }, headers))
    }
    answers.push(await show(server, ELSEWHERE, 'wrong'))

    const after = []
    for (const path of ['/token', '/revoke', '/introspect']) {
      after.push(await show(server, ELSEWHERE, CLIENT_SECRET, path))
    }

    expect([statuses(answers), statuses(after)]).toEqual([{ 401: 10 }, { 429: 3 }])
  })

  it('wait a minute at most, whoever guesses from wherever', async () => {
    const server = await start()
    for (let guess = 0; guess < 130; guess++) {
      const { headers } = await show(server, `192.0.2.${guess}`, 'wrong')
      server.clock.advance(Number(headers.get('retry-after') ?? 0))
    }

    const newInstance = await show(server, '198.51.100.1', CLIENT_SECRET)
    server.clock.advance(60)
    const soon = await show(server, '198.51.100.1', CLIENT_SECRET)

    expect(newInstance.status).toBe(429)
    expect(Number(newInstance.headers.get('retry-after'))).toBeLessThanOrEqual(60)
    expect(soon.status).toBe(200)
  })

  it('behind its own address do not stop a client that has proven itself there', async () => {
    const server = await start()
    await show(server, OWN, CLIENT_SECRET)

    const guesses = await Promise.all(Array.from({ length: 100 }, () => show(server, OWN, 'wrong')))
    const own = await show(server, OWN, CLIENT_SECRET)

    expect(statuses(guesses)).toEqual({ 401: 10, 429: 90 })
    expect(own.status).toBe(200)
  })

  it('of a client that is not there count alike', async () => {
    const server = await start()
    const guess = () =>
      server.post(
        '/token',
        { ...REQUEST, client_id: 'ghost', client_secret: 'wrong' },
        { 'x-forwarded-for': ELSEWHERE },
      )

    const answers = await Promise.all(Array.from({ length: 30 }, guess))

    expect(statuses(answers)).toEqual({ 401: 10, 429: 20 })
  })

  it('cannot be spread over names from one address', async () => {
    const server = await start()

    const answers = []
    for (let guess = 0; guess < 120; guess++) {
      answers.push(
        await server.post(
          '/token',
          { ...REQUEST, client_id: `client${guess}`, client_secret: 'wrong' },
          { 'x-forwarded-for': ELSEWHERE },
        ),
      )
    }

    expect(statuses(answers)).toEqual({ 401: 100, 429: 20 })
  })
})

describe('assertions that a client has not signed', () => {
  it('are answered ten times as well; one that it has signed wrongly counts for nothing', async () => {
    const server = await start()
    const [own, foreign] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')])
    const jwks = { keys: [await exportJWK(own.publicKey)] }
    const client = aConfidentialClient({
      grantTypes: ['client_credentials'],
      authentication: { kind: 'keys', jwks },
    })
    await saveClient(server.db, client, { now: server.now(), demo: 0 })
    const present = async (key: typeof own.privateKey, expiresIn = 60) =>
      server.post(
        '/token',
        {
          grant_type: 'client_credentials',
          client_assertion_type: TYPE,
          client_assertion: await new SignJWT({ jti: crypto.randomUUID() })
            .setProtectedHeader({ alg: 'ES256' })
            .setIssuer('app')
            .setSubject('app')
            .setAudience(server.issuer)
            .setExpirationTime(server.now() + expiresIn)
            .sign(key),
        },
        { 'x-forwarded-for': ELSEWHERE },
      )

    const late = await Promise.all(Array.from({ length: 20 }, () => present(own.privateKey, -60)))
    const guesses = await Promise.all(Array.from({ length: 50 }, () => present(foreign.privateKey)))
    const blocked = await present(own.privateKey)
    server.clock.advance(1)
    const admitted = await present(own.privateKey)

    expect([statuses(late), statuses(guesses)]).toEqual([{ 401: 20 }, { 401: 10, 429: 40 }])
    expect([blocked.status, admitted.status]).toEqual([429, 200])
  })
})
