import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { StatusClaim } from '@countersign/shared'
import { decodeJwt } from 'jose'
import { sql } from 'kysely'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Database, openDatabase } from '../src/storage/database.ts'
import { DatabaseBusy } from '../src/storage/errors.ts'
import { migrate } from '../src/storage/migrate.ts'
import { freshDatabase, openUntilFinished } from './support/databases.ts'
import { aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from './support/rows.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { startTestServer } from './support/test-server.ts'

const APP = { client_id: 'app', client_secret: CLIENT_SECRET }
const SIGN_IN = { ...APP, grant_type: 'password', username: 'alice', password: 'secret' }

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

/** A server on a file, 50 requests that write, and what another program does with that file. */
async function start() {
  const path = join(temporaryFolder(), 'auth.db')
  const server = await startTestServer({ db: openUntilFinished({ kind: 'sqlite', path }) })
  const client = aConfidentialClient({ grantTypes: ['password', 'refresh_token', 'client_credentials'] })
  await addOrdinaryRows(server, client)
  const foreign = new DatabaseSync(path)
  onTestFinished(() => foreign.close())

  const signIn = async () => (await server.post('/token', SIGN_IN)).body as Tokens
  const refreshTokens: string[] = []
  while (refreshTokens.length < 50) refreshTokens.push((await signIn()).refresh_token)
  const write = () =>
    refreshTokens.map((token) =>
      timed(server.post('/token', { ...APP, grant_type: 'refresh_token', refresh_token: token })),
    )
  return { server, foreign, signIn, write }
}

async function timed<Result>(work: Promise<Result>) {
  const began = performance.now()
  const result = await work
  return { result, ms: performance.now() - began }
}

function statusListPathOf(accessToken: string): string {
  return new URL((decodeJwt(accessToken).status as StatusClaim).status_list.uri).pathname
}

function insertResource(db: Database, audience: string) {
  return db.insertInto('resources').values({ audience, scope: '', demo: 0 }).execute()
}

describe('a server whose database file another program writes to', () => {
  it('lets readers go on, and tells every writer after 5 s to try again, however many wait', async () => {
    const { server, foreign, signIn, write } = await start()
    const issued = await signIn()
    const credentials = { ...APP, grant_type: 'client_credentials' }
    await server.post('/token', credentials)
    await server.get(statusListPathOf(issued.access_token))

    foreign.exec('begin immediate')
    const writers = write()
    const readers = await Promise.all([
      timed(server.get('/readyz')),
      timed(server.get('/.well-known/jwks.json')),
      timed(server.get('/.well-known/oauth-authorization-server')),
      timed(server.post('/introspect', { ...APP, token: issued.access_token })),
      timed(server.post('/token', credentials)),
      timed(server.get(statusListPathOf(issued.access_token))),
    ])
    const refused = await Promise.all(writers)
    foreign.exec('rollback')
    const afterwards = await timed(server.post('/token', SIGN_IN))

    expect(readers.map(({ result }) => result.status)).toEqual([200, 200, 200, 200, 200, 200])
    expect(Math.max(...readers.map(({ ms }) => ms))).toBeLessThan(2_500)
    for (const { result } of refused) {
      expect(result).toMatchObject({
        status: 503,
        body: {
          error: 'temporarily_unavailable',
          error_description: 'The server cannot reach its data: try again in a second.',
        },
      })
      expect(result.headers.get('retry-after')).toBe('1')
      expect(result.headers.get('cache-control')).toBe('no-store')
    }
    expect(Math.max(...refused.map(({ ms }) => ms))).toBeLessThan(7_500)
    expect(afterwards.result.status).toBe(200)
    expect(afterwards.ms).toBeLessThan(1_000)
  })

  it('lets those who waited write as soon as it is done', async () => {
    const { server, foreign, write } = await start()

    foreign.exec('begin immediate')
    const writers = write()
    await server.get('/readyz')
    foreign.exec('rollback')

    expect((await Promise.all(writers)).map(({ result }) => result.status)).toEqual(Array(50).fill(200))
  })
})

describe('a SQLite database', () => {
  it('counts the wait in line: who comes later waits no longer', async () => {
    const path = join(temporaryFolder(), 'auth.db')
    const db = openUntilFinished({ kind: 'sqlite', path })
    await migrate(db)
    const foreign = openUntilFinished({ kind: 'sqlite', path })

    const waits = await foreign
      .transaction()
      .execute(() =>
        Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            timed(insertResource(db, `urn:${index}`).catch((error: unknown) => error)),
          ),
        ),
      )

    for (const { result, ms } of waits) {
      expect(result).toBeInstanceOf(DatabaseBusy)
      expect(ms).toBeGreaterThan(4_900)
      expect(ms).toBeLessThan(6_000)
    }
    await insertResource(db, 'urn:afterwards')
    expect(await db.selectFrom('resources').select('audience').execute()).toEqual([
      { audience: 'urn:afterwards' },
    ])
  })

  it('is read beside a transaction under way, of which nothing is seen before it is over', async () => {
    const db = await freshDatabase('SQLite')

    const during = await db.transaction().execute(async (transaction) => {
      await insertResource(transaction, 'urn:x')
      return {
        outside: await db.selectFrom('resources').select('audience').execute(),
        inside: await transaction.selectFrom('resources').select('audience').execute(),
      }
    })

    expect(during).toEqual({ outside: [], inside: [{ audience: 'urn:x' }] })
    expect(await db.selectFrom('resources').select('audience').execute()).toEqual([{ audience: 'urn:x' }])
  })

  it('in memory keeps readers out of a transaction as well', async () => {
    const db = openDatabase({ kind: 'memory' })
    onTestFinished(() => db.destroy())
    await migrate(db)
    const audiences = () => db.selectFrom('resources').select('audience').execute()

    let outside: Promise<unknown> = Promise.resolve()
    await expect(
      db.transaction().execute(async (transaction) => {
        await insertResource(transaction, 'urn:x')
        outside = audiences()
        await insertResource(transaction, 'urn:y')
        throw new Error('never mind')
      }),
    ).rejects.toThrow('never mind')

    expect(await outside).toEqual([])
  })

  it('keeps eight writers apart, in the order they came', async () => {
    const db = await freshDatabase('SQLite')
    const order: number[] = []

    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        db.transaction().execute(async (transaction) => {
          await insertResource(transaction, `urn:${index}`)
          await sql`select 1`.execute(transaction)
          order.push(index)
        }),
      ),
    )

    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })
})
