import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { type DatabaseConnection, type Dialect, type Driver, SqliteDialect } from 'kysely'
import { sqliteConnection } from './sqlite-connection.ts'

/** How long a write waits for another process's, in milliseconds, and how often it tries. */
const PATIENCE = 5_000
const RETRY_EVERY = 5

/** SQLITE_BUSY: another process is writing. */
const BUSY = 5

/** Kysely's SQLite dialect on `node:sqlite`, waiting for other processes without blocking this one. */
export function sqliteDialect(sqlite: DatabaseSync): Dialect {
  const dialect = new SqliteDialect({ database: sqliteConnection(sqlite) })
  return {
    createDriver: () => patientDriver(dialect.createDriver()),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createAdapter: () => ({
      supportsMultipleConnections: false,
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

function patientDriver(driver: Driver): Driver {
  return {
    init: (options) => driver.init(options),
    acquireConnection: async (options) => patientConnection(await driver.acquireConnection(options)),
    beginTransaction: (connection, settings) => driver.beginTransaction(connection, settings),
    commitTransaction: (connection) => driver.commitTransaction(connection),
    rollbackTransaction: (connection) => driver.rollbackTransaction(connection),
    releaseConnection: (connection) => driver.releaseConnection(connection),
    destroy: () => driver.destroy(),
  }
}

/**
 * Only the beginning of a transaction and a write outside of one can find the database busy, and both have done nothing
 * yet when they do: trying again is safe.
 */
function patientConnection(connection: DatabaseConnection): DatabaseConnection {
  return {
    executeQuery: async (query) => {
      const deadline = performance.now() + PATIENCE
      for (;;) {
        try {
          return await connection.executeQuery(query)
        } catch (error) {
          if ((error as { errcode?: number }).errcode !== BUSY || performance.now() > deadline) throw error
          await pause(RETRY_EVERY)
        }
      }
    },
    streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
  }
}
