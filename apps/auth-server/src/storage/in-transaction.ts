import type { Database } from './database.ts'

/** Works in a transaction: the one that is under way, or one of its own. */
export function inTransaction<Result>(
  db: Database,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  return db.isTransaction ? work(db) : db.transaction().execute(work)
}
