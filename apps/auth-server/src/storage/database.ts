import { Kysely, sql } from 'kysely'
import { postgresDialect } from './postgres-dialect.ts'
import type { PostgresLocation } from './postgres-location.ts'
import type { Schema } from './schema.ts'
import { sqliteDialect } from './sqlite-dialect.ts'
import { openSqliteFile, openSqliteMemory } from './sqlite-files.ts'

/**
 * The open database, or a transaction on it: every store takes one as its first parameter.
 *
 * This folder owns how the database is opened, described (`schema.ts`), locked and migrated on SQLite and PostgreSQL, and
 * its errors (`errors.ts`). It does not own what the rows mean: that is in the stores of `domain/`.
 */
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
      return new Kysely<Schema>({ dialect: sqliteDialect(openSqliteMemory()) })
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
