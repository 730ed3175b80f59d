import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { saveResource } from '../../src/domain/resources/resource-store.ts'
import { aResource } from '../support/records.ts'
import { aClient, aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from '../support/rows.ts'
import { type Answer, AUDIENCE, startTestServer, type TestServer } from '../support/test-server.ts'

const ORDERS = 'https://orders.example.com'
const BOTH = [
  ['resource', AUDIENCE],
  ['resource', ORDERS],
] as const
const USER = { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret' }
const MACHINE = { grant_type: 'client_credentials', client_id: 'app', client_secret: CLIENT_SECRET }

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

/** The first resource knows profile and stock, the other profile and orders; the client is registered for all. */
async function start(form: typeof USER | typeof MACHINE): Promise<TestServer> {
  const server = await startTestServer()
  const registered = { scope: ['orders', 'profile', 'stock'], audiences: [AUDIENCE, ORDERS] }
  await addOrdinaryRows(
    server,
    form === USER
      ? aClient({ ...registered, grantTypes: ['password', 'refresh_token'] })
      : aConfidentialClient({ ...registered, grantTypes: ['client_credentials'] }),
  )
  await saveResource(server.db, aResource({ scope: ['profile', 'stock'] }), { demo: 0 })
  await saveResource(
    server.db,
    {
      audience: ORDERS,
      scope: ['profile', 'orders'],
      introspectors: [],
      tokenType: 'at+jwt' as const,
      descriptions: {},
    },
    { demo: 0 },
  )
  return server
}

function claimsOf({ body }: Answer) {
  return decodeJwt((body as Tokens).access_token)
}

describe.each([
  ['password', USER],
  ['client_credentials', MACHINE],
] as const)('a token of the %s grant for two audiences', (_grant, form) => {
  it('carries what both know, and no more [RFC 9068 §2.2.3]', async () => {
    const server = await start(form)

    const answer = await server.post('/token', [...Object.entries(form), ...BOTH])

    expect(answer).toMatchObject({ status: 200, body: { scope: 'profile' } })
    expect(claimsOf(answer)).toMatchObject({ aud: [AUDIENCE, ORDERS], scope: 'profile' })
  })

  it('is refused with invalid_scope when a value is asked for that one of them does not know', async () => {
    const server = await start(form)

    for (const scope of ['orders', 'profile stock']) {
      const answer = await server.post('/token', [...Object.entries(form), ...BOTH, ['scope', scope]])

      expect(answer).toMatchObject({
        status: 400,
        body: {
          error: 'invalid_scope',
          error_description: `The scope value ${scope.split(' ').at(-1)} is not one this client may have for all of these resources in one token.`,
        },
      })
      expect(answer.headers.get('cache-control')).toBe('no-store')
    }
  })

  it('for one of them carries all that this one knows', async () => {
    const server = await start(form)

    const answer = await server.post('/token', { ...form, resource: ORDERS })

    expect(claimsOf(answer)).toMatchObject({ aud: ORDERS, scope: 'orders profile' })
  })
})

describe('a refresh', () => {
  it('of what was granted for both together gives no more than both knew', async () => {
    const server = await start(USER)
    const { body } = await server.post('/token', [...Object.entries(USER), ...BOTH])
    const refresh = { grant_type: 'refresh_token', client_id: 'app' }

    const more = await server.post('/token', {
      ...refresh,
      refresh_token: (body as Tokens).refresh_token,
      resource: ORDERS,
      scope: 'orders',
    })
    const one = await server.post('/token', {
      ...refresh,
      refresh_token: (body as Tokens).refresh_token,
      resource: ORDERS,
    })

    expect(more).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
    expect(claimsOf(one)).toMatchObject({ aud: ORDERS, scope: 'profile' })
  })

  it('of a grant from before this rule is narrowed to it', async () => {
    const server = await start(USER)
    const { body } = await server.post('/token', [...Object.entries(USER), ...BOTH])
    await server.db.updateTable('authorizations').set({ scope: 'orders profile stock' }).execute()

    const answer = await server.post('/token', {
      grant_type: 'refresh_token',
      client_id: 'app',
      refresh_token: (body as Tokens).refresh_token,
    })

    expect(claimsOf(answer)).toMatchObject({ aud: [AUDIENCE, ORDERS], scope: 'profile' })
  })
})
