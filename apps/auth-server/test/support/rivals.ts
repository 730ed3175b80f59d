import { sql } from 'kysely'
import { vi } from 'vitest'
import type { Database } from '../../src/storage/database.ts'
import { isPostgres } from '../../src/storage/postgres-dialect.ts'

/**
 * Lets `rival` run into a transaction that has written and is not over: it starts after `write`, waits for the locks of
 * that, and goes on when the transaction commits. Resolves to what the rival did. The two need a database object each.
 */
export async function runInto<Result>(
  db: Database,
  write: (transaction: Database) => Promise<unknown>,
  rival: () => Promise<Result>,
): Promise<Result> {
  const done = await db.transaction().execute(async (transaction) => {
    await write(transaction)
    const running = rival()
    if (isPostgres(db)) await untilOneWaits(db)
    // A value in an object, so that the transaction does not wait for whoever waits for it.
    return { running }
  })
  return done.running
}

/** Resolves when somebody waits for a lock. */
export async function untilOneWaits(db: Database): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await sql`select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
      if (rows.length === 0) throw new Error('nobody waits for a lock')
    },
    { timeout: 10_000, interval: 5 },
  )
}
