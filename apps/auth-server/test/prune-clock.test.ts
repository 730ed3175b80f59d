import { createLogger } from '@countersign/http-service'
import type { Kysely } from 'kysely'
import { describe, expect, it } from 'vitest'
import { insertAuthorization } from '../src/domain/authorizations/authorization-store.ts'
import { insertRefreshToken } from '../src/domain/authorizations/refresh-token-store.ts'
import { revokeAuthorizations } from '../src/domain/authorizations/revoke-authorizations-store.ts'
import { consumeAssertion } from '../src/domain/clients/client-assertion-store.ts'
import { allocateStatusIndex } from '../src/domain/status/allocate-status-index.ts'
import { pruneJob } from '../src/jobs/prune-job.ts'
import type { Database } from '../src/storage/database.ts'
import { up as addPruneClock } from '../src/storage/migrations/0012-prune-clock.ts'
import { DATABASES, freshDatabase, replicasOfOneDatabase } from './support/databases.ts'
import { anAuthorization, aRefreshToken } from './support/records.ts'

const START = 1_800_000_000
const TEN_YEARS = 10 * 365 * 86_400
/** As long as two looks may lie apart: fewer of them, and the test is faster. */
const STEP = 600
const HOUR = 3_600

/** A process of the server: its wall clock may be set, its uptime only passes. */
function startProcess(db: Database, wall = START) {
  const logs: Record<string, unknown>[] = []
  const logger = createLogger({
    name: 'test',
    level: 'debug',
    format: 'json',
    destination: { write: (line: string) => void logs.push(JSON.parse(line)) },
  })
  let [now, uptime] = [wall, 0]
  const job = pruneJob({ db, now: () => now, uptime: () => uptime, logger })
  const run = () => job.run(new AbortController().signal)
  return {
    logs,
    set: (seconds: number) => {
      now += seconds
    },
    /** Ten minutes pass, and the job runs. */
    step: async () => {
      now += STEP
      uptime += STEP
      await run()
    },
    /** Time passes of which the job sees nothing. */
    sleep: (seconds: number) => {
      now += seconds
      uptime += seconds
    },
  }
}

/** One of everything that pruning forgets: alive for another day, and a revoked one whose token lives for an hour. */
async function addRows(db: Database, at = START): Promise<void> {
  for (const id of ['az_one', 'az_revoked']) {
    await allocateStatusIndex(db, at, async (transaction, status) => {
      const dates = { tokensExpireAt: at + HOUR, refreshExpiresAt: at + 24 * HOUR }
      await insertAuthorization(transaction, { ...anAuthorization({ id, ...dates }), status }, at)
      return { kind: 'done', result: undefined }
    })
  }
  await insertRefreshToken(db, aRefreshToken({ authorizationId: 'az_one', expiresAt: at + 24 * HOUR }))
  await consumeAssertion(db, { clientId: 'app', jti: 'one', expiresAt: at + 600 })
  await revokeAuthorizations(db, ['az_revoked'], at)
}

async function remembered(db: Database) {
  const authorizations = await db.selectFrom('authorizations').select('id').orderBy('id').execute()
  const refreshTokens = await db.selectFrom('refresh_tokens').select('hash').execute()
  const assertions = await db.selectFrom('client_assertions').select('jti').execute()
  return {
    authorizations: authorizations.map((row) => row.id),
    refreshTokens: refreshTokens.length,
    assertions: assertions.length,
  }
}

const EVERYTHING = { authorizations: ['az_one', 'az_revoked'], refreshTokens: 1, assertions: 1 }
const NOTHING = { authorizations: [], refreshTokens: 0, assertions: 0 }

describe.each(DATABASES)('on %s, the clock that prunes', (kind) => {
  it('forgets nothing that lives when it jumps ten years ahead and back', async () => {
    const db = await freshDatabase(kind)
    await addRows(db)
    const server = startProcess(db)
    await server.step()

    server.set(TEN_YEARS)
    for (let step = 0; step < 3; step++) await server.step()
    const ahead = await remembered(db)
    server.set(-TEN_YEARS)
    for (let step = 0; step < 3; step++) await server.step()

    expect(ahead).toEqual(EVERYTHING)
    expect(await remembered(db)).toEqual(EVERYTHING)
    expect(server.logs.map((line) => line.event)).toEqual(['clock_doubted'])
  })

  it('goes on forgetting what expires by the time that passes while it is ahead', async () => {
    const db = await freshDatabase(kind)
    const server = startProcess(db)
    await server.step()
    await addRows(db)

    server.set(TEN_YEARS)
    for (let step = 0; step < 13; step++) await server.step()

    expect(await remembered(db)).toEqual({ ...EVERYTHING, authorizations: ['az_one'], assertions: 0 })
  })

  it('forgets nothing that lives when it is ahead from the start of a process on', async () => {
    const db = await freshDatabase(kind)
    await addRows(db)
    await startProcess(db).step()

    const wrong = startProcess(db, START + TEN_YEARS)
    for (let step = 0; step < 3; step++) await wrong.step()

    expect(await remembered(db)).toEqual(EVERYTHING)
  })

  it('forgets nothing that lives when it is ahead at the first start that knows of it', async () => {
    const db = await freshDatabase(kind)
    await addRows(db)
    await db.schema.dropTable('prune_clock').execute()
    await addPruneClock(db as unknown as Kysely<unknown>)

    const wrong = startProcess(db, START + TEN_YEARS)
    for (let step = 0; step < 3; step++) await wrong.step()

    expect(await remembered(db)).toEqual(EVERYTHING)
  })

  it('believes one that stays ahead for six hours, as after a week without a server', async () => {
    const db = await freshDatabase(kind)
    await addRows(db)
    await startProcess(db).step()

    const later = startProcess(db, START + 7 * 24 * HOUR)
    for (let step = 0; step < 36; step++) await later.step()
    const doubting = await remembered(db)
    for (let step = 0; step < 2; step++) await later.step()

    expect(doubting.refreshTokens).toBe(1)
    expect(await remembered(db)).toEqual(NOTHING)
  })

  it('never believes one that another replica contradicts', async () => {
    const [db, other] = await replicasOfOneDatabase(kind, 2)
    await addRows(db!)
    const [right, wrong] = [startProcess(db!), startProcess(other!, START + TEN_YEARS)]

    for (let step = 0; step < 40; step++) {
      await right.step()
      await wrong.step()
    }

    expect(await remembered(db!)).toEqual({ ...EVERYTHING, authorizations: ['az_one'], assertions: 0 })
  })

  it('is back with the wall clock when that was behind for a moment', async () => {
    const db = await freshDatabase(kind)
    await addRows(db)
    const server = startProcess(db)
    await server.step()

    server.set(-TEN_YEARS)
    await server.step()
    server.set(TEN_YEARS)
    for (let step = 0; step < 38; step++) await server.step()

    expect(await remembered(db)).toEqual({ ...EVERYTHING, authorizations: ['az_one'], assertions: 0 })
  })

  it('counts a pause of the process, or an uptime that jumps, for ten minutes at most', async () => {
    const db = await freshDatabase(kind)
    await addRows(db)
    const server = startProcess(db)
    await server.step()

    server.sleep(TEN_YEARS)
    for (let step = 0; step < 3; step++) await server.step()

    expect(await remembered(db)).toEqual(EVERYTHING)
  })
})
