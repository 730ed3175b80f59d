import { type Dialect, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { sqliteDriver } from './sqlite-driver.ts'
import type { SqliteConnections } from './sqlite-files.ts'

/** Kysely's SQLite dialect on `node:sqlite`, with a driver of ours. */
export function sqliteDialect(connections: SqliteConnections): Dialect {
  return {
    createDriver: () => sqliteDriver(connections),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createAdapter: () => ({
      // The driver lets readers and writers in; Kysely would make them all wait for one another.
      supportsMultipleConnections: true,
      supportsReturning: true,
      supportsCreateIfNotExists: true,
      // SQLite's DDL is transactional; Kysely only does not count on it. We do: half a migration is no migration.
      supportsTransactionalDdl: true,
      // The transaction is immediate, so it is the lock.
      acquireMigrationLock: async () => {},
      releaseMigrationLock: async () => {},
    }),
  }
}
