import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely, sql } from 'kysely'
import type { Schema } from './schema.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

/** The open database, or a transaction on it: every store takes one as its first parameter. */
export type Database = Kysely<Schema>

/** Where the data lives. */
export type DatabaseLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'memory' }

/**
 * Opens the database. A SQLite file is created when missing, readable by its owner alone: it holds password hashes.
 * Close it with `destroy()`.
 */
export function openDatabase(location: DatabaseLocation): Database {
  if (location.kind === 'sqlite') createPrivateFile(location.path)
  const sqlite = new DatabaseSync(location.kind === 'sqlite' ? location.path : ':memory:', {
    timeout: 5_000,
  })
  // WAL lets readers go on beside a writer; FULL makes an acknowledged commit survive a power cut.
  sqlite.exec('pragma journal_mode = wal; pragma synchronous = full')
  // From here on waiting for another process's write is the dialect's part: SQLite would block the whole event loop.
  sqlite.exec('pragma busy_timeout = 0')
  return new Kysely<Schema>({ dialect: sqliteDialect(sqlite) })
}

/** One round trip; rejects when the database does not answer. */
export async function pingDatabase(db: Database): Promise<void> {
  await sql`select 1`.execute(db)
}

function createPrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
}
