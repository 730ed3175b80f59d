import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { consumeAssertion } from '../src/domain/clients/client-assertion-store.ts'
import { saveClient } from '../src/domain/clients/client-store.ts'
import { openNextStatusList } from '../src/domain/status/status-list-store.ts'
import { prune } from '../src/jobs/prune.ts'
import type { Database, DatabaseLocation } from '../src/storage/database.ts'
import { migrate } from '../src/storage/migrate.ts'
import { KEY_ENCRYPTION_SECRET, MAIN, runAuth } from './cli/support.ts'
import { DATABASES, emptyDatabase, openUntilFinished } from './support/databases.ts'
import { aClient } from './support/rows.ts'

const COUNT = 20_000

/** What is promised to others, in milliseconds. One transaction for all rows takes a second and more. */
const LONGEST_WAIT = 200

/** Many rows of one client, in no order of their ids. */
async function addAuthorizations(db: Database, differences: { readonly remembered_until?: number } = {}) {
  await openNextStatusList(db, { id: 'sl_one', now: 1 })
  for (let from = 0; from < COUNT; from += 1_000) {
    const rows = Array.from({ length: 1_000 }, (_, i) => {
      const place = ((from + i) * 7_919) % COUNT
      return {
        id: `az_${place}`,
        client_id: 'app',
        subject: `usr_${place}`,
        scope: 'profile',
        audience: 'urn:a',
        created_at: 1,
        tokens_expire_at: 1,
        refresh_expires_at: 9_000,
        remembered_until: 9_000,
        status_list: 'sl_one',
        status_index: place,
        ended_at: null,
        ...differences,
      }
    })
    await db.insertInto('authorizations').values(rows).execute()
  }
}

/** The address of a database, where no statement may take longer than a second. */
function urlOf(location: DatabaseLocation): string {
  if (location.kind === 'memory') throw new TypeError('another process cannot reach it')
  if (location.kind === 'sqlite') return `sqlite:${location.path}`
  const { user, password, host, port, database } = location
  return `postgres://${user}:${password}@${host}:${port}/${database}?statement_timeout=1s`
}

/** Writes something else again and again until it is told to stop, and then says how long each write took. */
function writeBeside(db: Database): () => Promise<readonly number[]> {
  let isOver = false
  const took: number[] = []
  const writing = (async () => {
    for (let i = 0; !isOver; i++) {
      const start = performance.now()
      await consumeAssertion(db, { clientId: 'other', jti: String(i), expiresAt: 9_000 })
      took.push(performance.now() - start)
      await pause(5)
    }
    return took
  })()
  return () => {
    isOver = true
    return writing
  }
}

async function countEnded(db: Database): Promise<number> {
  const { ended } = await db
    .selectFrom('authorizations')
    .select((row) => row.fn.countAll<number | string>().as('ended'))
    .where('ended_at', 'is not', null)
    .executeTakeFirstOrThrow()
  return Number(ended)
}

async function start(kind: (typeof DATABASES)[number]) {
  const location = await emptyDatabase(kind)
  const db = openUntilFinished(location)
  await migrate(db)
  await saveClient(db, aClient(), { now: 1, demo: 0 })
  return { db, url: urlOf(location), beside: openUntilFinished(location) }
}

// Three attempts: a busy machine stops any process for so long now and then, one statement for all rows does it each time.
it.for(DATABASES)(
  'on %s, a client with 20,000 authorizations is disabled while others write within 200 ms, killed and all',
  { retry: 2, timeout: 60_000 },
  async (kind) => {
    const { db, url, beside } = await start(kind)
    await addAuthorizations(db)
    const env = { AUTH_DATABASE_URL: url }

    const stopWriting = writeBeside(beside)
    const first = spawn(
      process.execPath,
      ['--conditions=countersign-source', MAIN, 'clients', 'disable', 'app'],
      {
        env: { AUTH_KEY_ENCRYPTION_SECRET: KEY_ENCRYPTION_SECRET, ...env },
      },
    )
    onTestFinished(() => void first.kill('SIGKILL'))
    const closed = new Promise((resolve) => first.on('close', (_code, signal) => resolve(signal)))
    await expect.poll(() => countEnded(db), { interval: 5, timeout: 20_000 }).toBeGreaterThan(0)
    first.kill('SIGKILL')
    const signal = await closed
    const before = await countEnded(db)
    const again = await runAuth(['clients', 'disable', 'app', '--json'], { env })
    const took = await stopWriting()

    expect(signal).toBe('SIGKILL')
    expect(before).toBeLessThan(COUNT)
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(again.stdout)).toMatchObject({ authorizations_ended: COUNT - before })
    expect(await countEnded(db)).toBe(COUNT)
    expect(Math.max(...took)).toBeLessThan(LONGEST_WAIT)
  },
)

it.for(DATABASES)(
  'on %s, 20,000 expired authorizations are forgotten while others write within 200 ms',
  { retry: 2, timeout: 60_000 },
  async (kind) => {
    const { db, beside } = await start(kind)
    await addAuthorizations(db, { remembered_until: 1 })

    const stopWriting = writeBeside(beside)
    await prune(db, () => 10_000)
    const took = await stopWriting()

    const left = await db.selectFrom('authorizations').select('id').execute()
    expect(left).toEqual([])
    expect(Math.max(...took)).toBeLessThan(LONGEST_WAIT)
  },
)
