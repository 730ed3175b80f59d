import { sql } from 'kysely'
import type { Database } from './database.ts'
import { isPostgres, WITHOUT_TIMEOUT } from './postgres-dialect.ts'

/** What one process does at a time, among all that share the database. */
export type LockName =
  | 'migrate'
  /** Publishing, rotating and removing signing keys. */
  | 'signing-keys'
  /** Writing users, clients and resources by what other rows of them say. */
  | 'registration'
  /** Forgetting what has expired. */
  | 'prune'

/**
 * Works in a transaction while nobody else works under the same name: for what reads, decides and then writes, where no
 * row is there yet whose count could be the lock. A process that ends gives its locks back.
 */
export async function withLock<Result>(
  db: Database,
  name: LockName,
  work: (transaction: Database) => Promise<Result>,
): Promise<Result> {
  return db.transaction().execute(async (transaction) => {
    // On SQLite the transaction, begun immediately, has waited already: there is one writer.
    if (isPostgres(transaction)) await waitForTurn(transaction, name)
    return work(transaction)
  })
}

/** The same, but only if nobody else is at it; `undefined`, without waiting, when somebody is. */
export async function withLockIfFree<Result>(
  db: Database,
  name: LockName,
  work: (transaction: Database) => Promise<Result>,
): Promise<Result | undefined> {
  return db
    .transaction()
    .execute(async (transaction) =>
      (await takeLockIfFree(transaction, name)) ? work(transaction) : undefined,
    )
}

/** Takes a lock in a transaction that is under way, until its end; false, without waiting, when somebody has it. */
export async function takeLockIfFree(transaction: Database, name: LockName): Promise<boolean> {
  // On SQLite the transaction is the lock.
  if (!isPostgres(transaction)) return true
  const { rows } = await sql<{ taken: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${`countersign ${name}`}, 0)) as taken`.execute(
    transaction,
  )
  return rows[0]?.taken === true
}

async function waitForTurn(transaction: Database, name: LockName): Promise<void> {
  // A migration takes what it takes, and so does waiting for that of another replica.
  if (name === 'migrate') await sql.raw(WITHOUT_TIMEOUT).execute(transaction)
  await sql`select pg_advisory_xact_lock(hashtextextended(${`countersign ${name}`}, 0))`.execute(transaction)
}

/** Works in a transaction: the one that is under way, or one of its own. */
export function inTransaction<Result>(
  db: Database,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  return db.isTransaction ? work(db) : db.transaction().execute(work)
}
