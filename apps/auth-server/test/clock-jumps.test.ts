import { describe, expect, it } from 'vitest'
import { createFamiliarNetworks } from '../src/domain/attempts/familiar-networks.ts'
import { AUTHORIZATION_LIMIT } from '../src/domain/authorizations/limit-authorizations.ts'
import { hashSecret } from '../src/oauth/secret.ts'
import { DATABASES, type DatabaseKind, freshDatabase } from './support/databases.ts'
import { aClient, addOrdinaryRows, CLIENT_SECRET } from './support/rows.ts'
import { type Answer, startTestServer, type TestServer } from './support/test-server.ts'

const TEN_YEARS = 10 * 365 * 86_400
const DAY = 86_400
const CLIENT = { client_id: 'app' }

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

async function start(kind: DatabaseKind, config: Parameters<typeof startTestServer>[0] = {}) {
  const server = await startTestServer({ db: await freshDatabase(kind), ...config })
  await addOrdinaryRows(server, aClient({ grantTypes: ['password', 'refresh_token'] }))
  return server
}

async function signIn(server: TestServer): Promise<Tokens> {
  const form = { ...CLIENT, grant_type: 'password', username: 'alice', password: 'secret' }
  return (await server.post('/token', form)).body as Tokens
}

function refresh(server: TestServer, refresh_token: string): Promise<Answer> {
  return server.post('/token', { ...CLIENT, grant_type: 'refresh_token', refresh_token })
}

const REFUSED = { status: 400, body: { error: 'invalid_grant' } }

describe.each(DATABASES)('on %s, once a clock that was ten years ahead is right again', (kind) => {
  it('a refresh token that it issued is over, and one from before is not', async () => {
    const server = await start(kind)
    const before = await signIn(server)
    server.clock.advance(TEN_YEARS)
    const ahead = await signIn(server)
    server.clock.advance(-TEN_YEARS)

    expect(await refresh(server, ahead.refresh_token)).toMatchObject(REFUSED)
    expect(await refresh(server, before.refresh_token)).toMatchObject({ status: 200 })
  })

  it('a token that was spent by it has no grace that does not end', async () => {
    const server = await start(kind, {
      refreshReuseGrace: 30,
      refreshTokenIdleLifetime: 2 * TEN_YEARS,
      refreshTokenLifetime: 2 * TEN_YEARS,
    })
    const { refresh_token } = await signIn(server)
    server.clock.advance(TEN_YEARS)
    await refresh(server, refresh_token)
    server.clock.advance(-TEN_YEARS)

    const again = await refresh(server, refresh_token)

    expect(again).toMatchObject(REFUSED)
    expect(server.logs.filter((line) => line.event === 'refresh_token_reused')).toHaveLength(1)
  })

  it('a retry by a replica whose clock is some seconds behind is still one', async () => {
    const server = await start(kind, { refreshReuseGrace: 30 })
    const { refresh_token } = await signIn(server)
    const lost = (await refresh(server, refresh_token)).body as Tokens
    server.clock.advance(-20)

    const retry = await refresh(server, refresh_token)

    expect(retry).toMatchObject({ status: 200, body: { refresh_token: lost.refresh_token } })
  })

  it('what it opened makes room for what opens now', async () => {
    const server = await start(kind)
    server.clock.advance(TEN_YEARS)
    for (let i = 0; i < AUTHORIZATION_LIMIT; i++) await signIn(server)
    server.clock.advance(-TEN_YEARS)

    const now = await signIn(server)

    expect(await refresh(server, now.refresh_token)).toMatchObject({ status: 200 })
  })

  it('a secret that was rotated by it does not count for years beside the new one', async () => {
    const server = await startTestServer({ db: await freshDatabase(kind) })
    const previous = { hash: hashSecret('before'), until: server.now() + TEN_YEARS + DAY }
    const authentication = { kind: 'secret', hash: hashSecret(CLIENT_SECRET), previous } as const
    await addOrdinaryRows(server, aClient({ authentication }))
    const use = (client_secret: string) =>
      server.post('/token', {
        grant_type: 'password',
        username: 'alice',
        password: 'secret',
        ...CLIENT,
        client_secret,
      })

    const [old, current] = [await use('before'), await use(CLIENT_SECRET)]

    expect(old).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect(old.headers.get('www-authenticate')).toBe('Basic realm="countersign"')
    expect(current.status).toBe(200)
  })

  it('a network that it saw is strange, until it is seen again', async () => {
    const server = await start(kind)
    const networks = createFamiliarNetworks(server)
    server.clock.advance(TEN_YEARS)
    await networks.remember('alice', '192.0.2.0')
    server.clock.advance(-TEN_YEARS)

    const strange = [
      await networks.knows('alice', '192.0.2.0'),
      await createFamiliarNetworks(server).knows('alice', '192.0.2.0'),
    ]
    await networks.remember('alice', '192.0.2.0')

    expect(strange).toEqual([false, false])
    expect(await createFamiliarNetworks(server).knows('alice', '192.0.2.0')).toBe(true)
  })
})
