import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { consumeAssertion } from '../src/domain/clients/client-assertion-store.ts'
import { findClient, saveClient } from '../src/domain/clients/client-store.ts'
import { pingDatabase } from '../src/storage/database.ts'
import { DatabaseUnavailable, OutcomeUnknown } from '../src/storage/errors.ts'
import { migrate } from '../src/storage/migrate.ts'
import { startCommitCutter } from './support/commit-cutter.ts'
import { emptyPostgres, openUntilFinished, replicasOfOneDatabase } from './support/databases.ts'
import { aClient, addOrdinaryRows } from './support/rows.ts'
import { type Answer, startTestServer, type TestServer } from './support/test-server.ts'

const REFRESHING = { grantTypes: ['password', 'refresh_token'] } as const
const NOBODY_KNOWS = {
  error: 'temporarily_unavailable',
  error_description:
    'The server lost its data at this moment and cannot tell whether this was done: a refresh token or a client assertion that was sent may be spent.',
}
const TRY_AGAIN = {
  error: 'temporarily_unavailable',
  error_description: 'The server cannot reach its data: try again in a second.',
}

interface Tokens {
  readonly refresh_token: string
}

async function startOnPostgres(config: Parameters<typeof startTestServer>[0] = {}) {
  const location = await emptyPostgres()
  const cutter = await startCommitCutter(location)
  const db = openUntilFinished({ ...location, port: cutter.port })
  const server = await startTestServer({ db, ...config })
  await addOrdinaryRows(server, aClient(REFRESHING))
  return { server, cutter }
}

async function signIn(server: TestServer): Promise<Answer> {
  const form = { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret' }
  return server.post('/token', form)
}

function refresh(server: TestServer, { body }: Answer): Promise<Answer> {
  const { refresh_token } = body as Tokens
  return server.post('/token', { grant_type: 'refresh_token', client_id: 'app', refresh_token })
}

describe('a refresh whose commit nobody has heard of', () => {
  it.each(['before', 'after'] as const)(
    'is not invited again when the connection broke %s PostgreSQL got it',
    async (moment) => {
      const { server, cutter } = await startOnPostgres()
      const first = await signIn(server)

      cutter.cutNext(moment)
      const unknown = await refresh(server, first)

      expect(unknown).toMatchObject({ status: 503, body: NOBODY_KNOWS })
      expect(unknown.headers.get('retry-after')).toBeNull()
      expect(unknown.headers.get('cache-control')).toBe('no-store')
      expect(server.logs).toContainEqual(
        expect.objectContaining({ level: 'warn', msg: 'database unavailable' }),
      )
      expect(server.logs).toContainEqual(
        expect.objectContaining({ msg: 'request', error: 'outcome_unknown' }),
      )
    },
  )

  it('may be tried again within a reuse grace, and gets the successor that was not heard of', async () => {
    const { server, cutter } = await startOnPostgres({ refreshReuseGrace: 30 })
    const first = await signIn(server)

    cutter.cutNext('after')
    const unknown = await refresh(server, first)
    const retried = await refresh(server, first)
    const next = await refresh(server, retried)

    expect([unknown.status, retried.status, next.status]).toEqual([503, 200, 200])
  })

  it('is refused as known to be undone when the connection broke before the commit', async () => {
    const { server, cutter } = await startOnPostgres()
    const first = await signIn(server)

    cutter.cutNext('after', 'update "refresh_tokens"')
    const undone = await refresh(server, first)
    const retried = await refresh(server, first)

    expect(undone).toMatchObject({ status: 503, body: TRY_AGAIN })
    expect(undone.headers.get('retry-after')).toBe('1')
    expect(retried.status).toBe(200)
  })

  it('is not invited again when only the signature failed afterwards', async () => {
    const { server, cutter } = await startOnPostgres()
    const first = await signIn(server)
    // The key must promise to be published for longer than it did: that is written after the token was spent.
    server.clock.advance(1801)
    await server.keyRing.refresh()

    cutter.cutNext('before', 'update "signing_keys"')
    const unknown = await refresh(server, first)

    expect(unknown).toMatchObject({ status: 503, body: NOBODY_KNOWS })
    expect(unknown.headers.get('retry-after')).toBeNull()
  })
})

describe('what nobody has heard of', () => {
  it('is unknown for a statement that is its own transaction, and a reading never is', async () => {
    const location = await emptyPostgres()
    const cutter = await startCommitCutter(location)
    const db = openUntilFinished({ ...location, port: cutter.port })
    await migrate(db)
    const assertion = { clientId: 'app', jti: 'j', expiresAt: 1 }

    cutter.cutNext('after', 'insert into "client_assertions"')
    await expect(consumeAssertion(db, assertion)).rejects.toThrow(OutcomeUnknown)
    cutter.cutNext('after', 'from "clients"')
    const reading = await findClient(db, 'app').catch((error: unknown) => error)

    expect(reading).toBeInstanceOf(DatabaseUnavailable)
    expect(reading).not.toBeInstanceOf(OutcomeUnknown)
    expect(await consumeAssertion(db, assertion)).toBe(false)
  })

  it('is unknown when an operator ends the connection at the commit', async () => {
    const location = await emptyPostgres()
    const [db, operator] = [openUntilFinished(location), openUntilFinished(location)]
    await migrate(db)

    const work = db.transaction().execute(async (transaction) => {
      await saveClient(transaction, aClient(), { now: 1, demo: 0 })
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction)
      await sql`select pg_terminate_backend(${rows[0]!.pid}, 10000)`.execute(operator)
    })

    await expect(work).rejects.toThrow(OutcomeUnknown)
    await expect(pingDatabase(db)).resolves.toBeUndefined()
  })
})

describe('on SQLite, which says at once what became of a commit', () => {
  it('a refresh that waited in vain for another writer is undone, and is invited again', async () => {
    const [db, other] = await replicasOfOneDatabase('SQLite', 2)
    const server = await startTestServer({ db: db! })
    await addOrdinaryRows(server, aClient(REFRESHING))
    const first = await signIn(server)

    const undone = await other!.transaction().execute(() => refresh(server, first))
    const retried = await refresh(server, first)

    expect(undone).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
    expect(undone.headers.get('retry-after')).toBe('1')
    expect(retried.status).toBe(200)
  })
})
