import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { changeClient, changeResource } from '../../src/domain/authorizations/change-registration.ts'
import type { Client } from '../../src/domain/clients/client.ts'
import { saveClient } from '../../src/domain/clients/client-store.ts'
import type { Resource } from '../../src/domain/resources/resource.ts'
import type { User } from '../../src/domain/users/user.ts'
import { ISSUER_SCOPE } from '../../src/oauth/issuer-scope.ts'
import { aClient, aConfidentialClient, addOrdinaryRows, addUser, CLIENT_SECRET } from '../support/rows.ts'
import { type Answer, AUDIENCE, startTestServer, type TestServer } from '../support/test-server.ts'

const SIGN_IN = { grant_type: 'password', client_id: 'app', username: 'bob', password: 'secret' }
const OWN = { grant_type: 'client_credentials', client_id: 'job', client_secret: CLIENT_SECRET }
const REFRESH = { grant_type: 'refresh_token', client_id: 'app' }

/** A public client that may refresh, one that acts for itself, and bob; the one resource knows profile and email. */
async function start(client: Partial<Client> = {}, bob: Partial<User> = {}): Promise<TestServer> {
  const server = await startTestServer()
  const grantTypes = ['password', 'refresh_token'] as const
  await addOrdinaryRows(server, aClient({ grantTypes, scope: ISSUER_SCOPE, ...client }))
  const job = aConfidentialClient({ id: 'job', grantTypes: ['client_credentials'], scope: ISSUER_SCOPE })
  await saveClient(server.db, job, { now: server.now(), demo: 0 })
  await addUser(server, { username: 'bob', fullName: undefined, ...bob })
  return server
}

const claimsOf = ({ body }: Answer) => decodeJwt((body as { access_token: string }).access_token)
const refreshTokenOf = ({ body }: Answer) => (body as { refresh_token: string }).refresh_token

async function isActive(server: TestServer, { body }: Answer): Promise<unknown> {
  const { access_token: token } = body as { access_token: string }
  await saveClient(server.db, aConfidentialClient({ id: 'app' }), { now: server.now(), demo: 0 })
  const ask = { client_id: 'app', client_secret: CLIENT_SECRET, token }
  return ((await server.post('/introspect', ask)).body as { active: unknown }).active
}

describe('a scope value of the issuer', () => {
  it('is known to every audience, and granted to a client that is registered for it', async () => {
    const server = await start()

    const answer = await server.post('/token', { ...SIGN_IN, resource: AUDIENCE })

    expect(answer).toMatchObject({ status: 200, body: { scope: ISSUER_SCOPE.join(' ') } })
    expect(claimsOf(answer)).toMatchObject({ aud: AUDIENCE, scope: ISSUER_SCOPE.join(' ') })
  })

  it('is refused to a client that is not registered for it', async () => {
    const server = await start({ scope: ['openid'] })

    const answer = await server.post('/token', { ...SIGN_IN, scope: 'openid roles' })

    expect(answer).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_scope',
        error_description: 'The scope value roles is not one this client may have for this resource.',
      },
    })
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('is no reason to grant anything to a client that acts for itself: only what a resource knows is', async () => {
    const server = await start()

    const all = await server.post('/token', OWN)
    const one = await server.post('/token', { ...OWN, scope: 'openid' })

    expect(claimsOf(all)).toMatchObject({ sub: 'job', scope: 'profile email' })
    expect(one).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
  })

  it('stays granted to a user when a resource is made to know it no more', async () => {
    const server = await start()
    const user = await server.post('/token', { ...SIGN_IN, scope: 'email roles' })
    const change = async (resource: Resource) => ({ ...resource, scope: [] })

    const changed = await changeResource(server.db, { audience: AUDIENCE, change }, { now: server.now() })

    expect(changed?.revoked).toBe(0)
    expect(await isActive(server, user)).toBe(true)
  })

  it('is taken away with the registration of the client', async () => {
    const server = await start()
    const answer = await server.post('/token', SIGN_IN)
    const change = async (client: Client) => ({ ...client, scope: ['openid'] })

    const changed = await changeClient(server.db, { id: 'app', change }, { now: server.now() })

    expect(changed?.revoked).toBe(1)
    expect(await isActive(server, answer)).toBe(false)
  })

  it('is in the metadata where it puts something into a token, beside those of the resources', async () => {
    const server = await start()

    const { body } = await server.get('/.well-known/oauth-authorization-server')

    expect((body as { scopes_supported: unknown }).scopes_supported).toEqual([
      'email',
      'groups',
      'profile',
      'roles',
    ])
  })
})

describe('roles and groups [RFC 9068 §2.2.3.1]', () => {
  const BOB = { roles: ['admin', 'a b'], groups: ['staff'] }

  it('are in an access token with the scope of the same name', async () => {
    const server = await start({}, BOB)

    const claims = claimsOf(await server.post('/token', { ...SIGN_IN, scope: 'roles groups' }))
    const roles = claimsOf(await server.post('/token', { ...SIGN_IN, scope: 'roles' }))

    expect(claims).toMatchObject(BOB)
    expect(roles.roles).toEqual(BOB.roles)
    expect(roles).not.toHaveProperty('groups')
  })

  it('are what they are when a token is refreshed, not what they were', async () => {
    const server = await start({}, BOB)
    const first = await server.post('/token', SIGN_IN)
    await server.db.updateTable('users').set({ roles: '["editor"]', groups: '[]' }).execute()

    const next = claimsOf(await server.post('/token', { ...REFRESH, refresh_token: refreshTokenOf(first) }))

    expect(next.roles).toEqual(['editor'])
    expect(next).not.toHaveProperty('groups')
  })

  it('are absent without the scope, or when there are none', async () => {
    const server = await start({}, BOB)
    await addUser(server, { username: 'carol' })

    const without = claimsOf(await server.post('/token', { ...SIGN_IN, scope: 'profile' }))
    const none = claimsOf(await server.post('/token', { ...SIGN_IN, username: 'carol' }))

    for (const claims of [without, none]) {
      expect(claims).not.toHaveProperty('roles')
      expect(claims).not.toHaveProperty('groups')
    }
  })

  it('are refused with invalid_scope where they would make a token too large for any resource server', async () => {
    const roles = Array.from({ length: 100 }, (_, index) => `${index}${'x'.repeat(60)}`)
    const server = await start({}, { roles })

    const answer = await server.post('/token', { ...SIGN_IN, scope: 'roles groups' })
    const without = await server.post('/token', { ...SIGN_IN, scope: 'groups' })

    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
    expect(without.status).toBe(200)
  })

  it('bring no other claim into an access token: those are at /userinfo', async () => {
    const claims = { email: 'bob@example.com', given_name: 'Bob', phone_number: '+15550100' }
    const server = await start({}, { claims, fullName: 'Bob B.' })

    const token = claimsOf(await server.post('/token', SIGN_IN))

    expect(token).toMatchObject({ name: 'Bob B.', preferred_username: 'bob' })
    for (const claim of Object.keys(claims)) expect(token).not.toHaveProperty(claim)
  })
})

describe('a client without an audience', () => {
  it('gets tokens for the issuer alone, with scope values of the issuer', async () => {
    const server = await start({ audiences: [], scope: ['openid', 'orders'] })

    const answer = await server.post('/token', SIGN_IN)
    const named = await server.post('/token', { ...SIGN_IN, resource: server.issuer })
    const refreshed = await server.post('/token', { ...REFRESH, refresh_token: refreshTokenOf(answer) })

    for (const one of [answer, named, refreshed]) {
      expect(claimsOf(one)).toMatchObject({
        aud: server.issuer,
        scope: 'openid',
        sub: expect.stringMatching(/^usr_/),
      })
    }
    expect(await isActive(server, refreshed)).toBe(true)
  })

  it('is refused any other resource', async () => {
    const server = await start({ audiences: [] })

    const answer = await server.post('/token', { ...SIGN_IN, resource: AUDIENCE })

    expect(answer).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_target',
        error_description: `The resource ${AUDIENCE} is not one this client may have tokens for.`,
      },
    })
  })

  it('gets no token when it acts for itself', async () => {
    const server = await start()
    const job = aConfidentialClient({ id: 'job', grantTypes: ['client_credentials'], audiences: [] })
    await saveClient(server.db, job, { now: server.now(), demo: 0 })

    const answers = [
      await server.post('/token', OWN),
      await server.post('/token', { ...OWN, resource: server.issuer }),
    ]

    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_target' } })
    }
  })

  it('keeps what it was granted when it is given one', async () => {
    const server = await start({ audiences: [] })
    const first = await server.post('/token', SIGN_IN)
    const change = async (client: Client) => ({ ...client, audiences: [AUDIENCE] })

    const changed = await changeClient(server.db, { id: 'app', change }, { now: server.now() })
    const refreshed = await server.post('/token', { ...REFRESH, refresh_token: refreshTokenOf(first) })

    expect(changed?.revoked).toBe(0)
    expect(claimsOf(refreshed)).toMatchObject({ aud: server.issuer })
  })

  it('loses with its last audience what it was granted there, and does not get the issuer instead', async () => {
    const server = await start()
    const first = await server.post('/token', SIGN_IN)
    await server.db.updateTable('clients').set({ audiences: '' }).where('id', '=', 'app').execute()

    const refreshed = await server.post('/token', { ...REFRESH, refresh_token: refreshTokenOf(first) })

    expect(refreshed).toMatchObject({ status: 400, body: { error: 'invalid_target' } })
  })
})

describe('a client with an audience', () => {
  it('is refused a token for the issuer alone', async () => {
    const server = await start()

    const answer = await server.post('/token', { ...SIGN_IN, resource: server.issuer })

    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_target' } })
  })
})
