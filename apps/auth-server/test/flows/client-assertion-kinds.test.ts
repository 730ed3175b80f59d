import { createHmac, sign } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK, type JWTPayload } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/domain/clients/client.ts'
import { aClient, addOrdinaryRows } from '../support/rows.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const UNPROVEN = 'The client is unknown, or did not authenticate as it is registered to.'

let privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey']
let publicJwk: JWK

beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true })
  privateKey = pair.privateKey
  publicJwk = await exportJWK(pair.publicKey)
})

async function start(differences: Partial<Client> = {}): Promise<TestServer> {
  const server = await startTestServer()
  await addOrdinaryRows(
    server,
    aClient({
      authentication: { kind: 'keys', jwks: { keys: [publicJwk] } },
      grantTypes: ['client_credentials'],
      ...differences,
    }),
  )
  return server
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

function claimsFor(server: TestServer): JWTPayload {
  return { iss: 'app', sub: 'app', aud: server.issuer, exp: server.now() + 60, jti: crypto.randomUUID() }
}

/** Signed by the client whatever its header says: no library would make it. */
async function assertion(server: TestServer, header: object, claims: object = {}): Promise<string> {
  const input = `${encode({ alg: 'RS256', ...header })}.${encode({ ...claimsFor(server), ...claims })}`
  const key = await crypto.subtle.exportKey('jwk', privateKey)
  return `${input}.${sign('sha256', Buffer.from(input), { key: key as JWK, format: 'jwk' }).toString('base64url')}`
}

function present(server: TestServer, client_assertion: string) {
  return server.post('/token', {
    grant_type: 'client_credentials',
    client_assertion_type: TYPE,
    client_assertion,
  })
}

function refusal(error_description: string) {
  return { status: 401, body: { error: 'invalid_client', error_description } }
}

describe('a client assertion', () => {
  it.each([
    [{}],
    [{ typ: 'JWT' }],
    [{ typ: 'jwt' }],
    [{ typ: 'application/jwt' }],
    [{ typ: 'client-authentication+jwt' }],
    [{ typ: 'application/Client-Authentication+JWT' }],
  ])('may have the header %j [RFC 7523bis §3]', async (header) => {
    const server = await start()

    expect(await present(server, await assertion(server, header))).toMatchObject({ status: 200 })
  })

  it.each([
    ['at+jwt'],
    ['application/at+jwt'],
    ['dpop+jwt'],
    ['logout+jwt'],
    ['statuslist+jwt'],
    ['client-authentication'],
    [''],
    [5],
    [['JWT']],
    [null],
  ])('is no JWT of the type %j [RFC 8725 §3.11]', async (typ) => {
    const server = await start()

    expect(await present(server, await assertion(server, { typ }))).toMatchObject(
      refusal('The client assertion must have JWT or client-authentication+jwt as typ, or none.'),
    )
  })

  it.each([
    [{ cty: 'JWT' }, 'The client assertion must have neither cty nor b64 in its header.'],
    [{ b64: true }, 'The client assertion must have neither cty nor b64 in its header.'],
    [{ b64: false, crit: ['b64'] }, UNPROVEN],
    [{ crit: ['exp'], exp: 1 }, UNPROVEN],
    [{ crit: [] }, UNPROVEN],
    [{ kid: 'other' }, UNPROVEN],
    [{ kid: 5 }, UNPROVEN],
  ])('with the header %j is refused', async (header, description) => {
    const server = await start()

    expect(await present(server, await assertion(server, header))).toMatchObject(refusal(description))
  })

  it('is not proven by no algorithm, nor by the public key as a shared secret [RFC 8725 §2.1]', async () => {
    const server = await start()
    const none = `${encode({ alg: 'none' })}.${encode(claimsFor(server))}.`
    const input = `${encode({ alg: 'HS256' })}.${encode(claimsFor(server))}`
    const shared = ['n', 'e'].map((member) => publicJwk[member as 'n']!)
    const hmacs = [...shared, JSON.stringify(publicJwk)].map(
      (secret) => `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`,
    )

    for (const forged of [none, ...hmacs]) {
      expect(await present(server, forged)).toMatchObject(refusal(UNPROVEN))
    }
  })

  it.each<[object, string]>([
    [{ iss: ['app'] }, 'must have the client id as iss and sub'],
    [{ aud: [] }, 'alone as aud'],
    [{ aud: {} }, 'alone as aud'],
    [{ exp: 1e300 }, 'must have an exp at most an hour away'],
    [{ exp: '9999999999' }, 'has expired, or is not valid yet'],
    [{ nbf: 9_999_999_999 }, 'has expired, or is not valid yet'],
    [{ nbf: 'now' }, 'has expired, or is not valid yet'],
    [{ jti: 'x'.repeat(256) }, 'must have a jti of 1 to 255 characters'],
    [{ jti: '' }, 'must have a jti of 1 to 255 characters'],
    [{ jti: ['one'] }, 'must have a jti of 1 to 255 characters'],
    [{ jti: 'a\0b' }, 'must have a jti of 1 to 255 characters'],
  ])('with the claims %j is refused', async (claims, because) => {
    const server = await start()

    expect(await present(server, await assertion(server, {}, claims))).toMatchObject({
      status: 401,
      body: { error: 'invalid_client', error_description: expect.stringContaining(because) },
    })
  })

  it('is never a token of ours, even for a client that is registered with our own keys', async () => {
    const server = await start()
    const { keys } = await server.keyRing.currentKeySet()
    const mine = await start({ authentication: { kind: 'keys', jwks: { keys: [...keys] } } })
    const claims = claimsFor(mine)

    const access = await present(mine, await mine.keyRing.sign('at+jwt', { ...claims, iss: mine.issuer }))
    const identity = await present(mine, await mine.keyRing.sign('JWT', { ...claims, iss: mine.issuer }))

    expect(access).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect(identity).toMatchObject(refusal('The client assertion must have the client id as iss and sub.'))
  })
})

describe('a row with odd keys', () => {
  it.each([
    ['an EC point that is none', () => ({ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' })],
    ['an exponent of 1', () => ({ ...publicJwk, e: 'AQ' })],
    ['a modulus that is no text', () => ({ ...publicJwk, n: 5 })],
    ['operations nobody knows', () => ({ ...publicJwk, key_ops: ['fly'] })],
    ['no key at all', () => null],
  ])('of %s is no fault of the server: its client proves nothing', async (_what, key) => {
    const server = await start()
    await server.db
      .updateTable('clients')
      .set({ jwks: JSON.stringify({ keys: [key()] }) })
      .execute()

    expect(await present(server, await assertion(server, {}))).toMatchObject(refusal(UNPROVEN))
  })

  it.each(['{', 'null', '[]', '{"keys":5}', '""'])('that reads %s is no fault either', async (jwks) => {
    const server = await start()
    await server.db.updateTable('clients').set({ jwks }).execute()

    expect(await present(server, await assertion(server, {}))).toMatchObject(refusal(UNPROVEN))
  })
})
