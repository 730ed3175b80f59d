import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { isPostgres } from './postgres-dialect.ts'

/**
 * How many rows a batch has at first, at least and at most. In between it is doubled and halved only: each size is a
 * statement of its own, to be prepared and kept.
 */
const SIZE = { first: 50, least: 25, most: 1_600 } as const

/**
 * How long a batch should take, and how long the pause after it is, in milliseconds. On SQLite every other writer waits for
 * a batch, and a sign-in writes more than once, so the pause is as long as the batch took. On PostgreSQL a writer waits
 * only for the rows it wants.
 */
const PACE = {
  sqlite: { goal: 30, rest: (took: number) => Math.min(Math.max(took, 20), 60) },
  postgres: { goal: 100, rest: () => 20 },
} as const

/** Work on many rows in short transactions, so that other writers do not wait for long. */
export interface Batches {
  /** How many rows the next batch has, by how long the one before took. */
  readonly size: () => number
  /** Works in a transaction of its own, after a pause for other writers. */
  readonly run: <Result>(work: (transaction: Database) => Promise<Result>) => Promise<Result>
}

/** Creates batches that have not begun. */
export function createBatches(db: Database): Batches {
  const { goal, rest } = PACE[isPostgres(db) ? 'postgres' : 'sqlite']
  let size: number = SIZE.first
  let due = 0

  return {
    size: () => size,
    run: async (work) => {
      if (due > 0) await pause(due)
      // The wait for the transaction does not count: it is no reason for smaller batches.
      let begun = 0
      const result = await db.transaction().execute((transaction) => {
        begun = performance.now()
        return work(transaction)
      })
      size = nextSize(size, (performance.now() - begun) / goal)
      await moveLogIntoFile(db)
      due = rest(performance.now() - begun)
      return result
    },
  }
}

function nextSize(size: number, shareOfGoal: number): number {
  if (shareOfGoal > 1) return Math.max(size / 2 ** Math.ceil(Math.log2(shareOfGoal)), SIZE.least)
  return shareOfGoal < 1 / 3 ? Math.min(size * 2, SIZE.most) : size
}

/** On SQLite. Otherwise the next commit, perhaps of a sign-in, would move what the batch has written. */
async function moveLogIntoFile(db: Database): Promise<void> {
  if (!isPostgres(db)) await sql`pragma wal_checkpoint(passive)`.execute(db)
}
