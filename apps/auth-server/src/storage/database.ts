import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely, sql } from 'kysely'
import { postgresDialect } from './postgres-dialect.ts'
import type { PostgresLocation } from './postgres-location.ts'
import type { Schema } from './schema.ts'
import { sqliteDialect } from './sqlite-dialect.ts'
import { StartRefused } from './start-refused.ts'

/** The open database, or a transaction on it: every store takes one as its first parameter. */
export type Database = Kysely<Schema>

/** Where the data lives. */
export type DatabaseLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'memory' }
  | PostgresLocation

/**
 * Opens the database. A SQLite file is created when missing, readable by its owner alone: it holds password hashes.
 * Throws `StartRefused` when that file cannot be used; PostgreSQL is not spoken to yet (`awaitDatabase`). Close it with
 * `destroy()`.
 */
export function openDatabase(location: DatabaseLocation): Database {
  switch (location.kind) {
    case 'postgres':
      return new Kysely<Schema>({ dialect: postgresDialect(location) })
    case 'memory':
      return new Kysely<Schema>({ dialect: sqliteDialect(openSqlite(':memory:')) })
    case 'sqlite':
      return new Kysely<Schema>({ dialect: sqliteDialect(openSqliteFile(location.path)) })
    default:
      return location satisfies never
  }
}

/** One round trip; rejects when the database does not answer. */
export async function pingDatabase(db: Database): Promise<void> {
  await sql`select 1`.execute(db)
}

function openSqlite(path: string): DatabaseSync {
  const sqlite = new DatabaseSync(path, { timeout: 5_000 })
  // WAL lets readers go on beside a writer; FULL makes an acknowledged commit survive a power cut.
  sqlite.exec('pragma journal_mode = wal; pragma synchronous = full')
  // From here on waiting for another process's write is the dialect's part: SQLite would block the whole event loop.
  sqlite.exec('pragma busy_timeout = 0')
  return sqlite
}

function openSqliteFile(path: string): DatabaseSync {
  try {
    createPrivateFile(path)
    return openSqlite(path)
  } catch (error) {
    throw new StartRefused(`AUTH_DATABASE_URL: the file ${path} cannot be used: ${(error as Error).message}.`)
  }
}

function createPrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
}
