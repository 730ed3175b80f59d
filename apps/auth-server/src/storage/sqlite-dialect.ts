import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { type DatabaseConnection, type Dialect, type Driver, SqliteDialect } from 'kysely'
import { DatabaseUnavailable } from './database-unavailable.ts'
import { sqliteConnection } from './sqlite-connection.ts'

/** How long a write waits for another process's, in milliseconds, and how often it tries. */
const PATIENCE = 5_000
const RETRY_EVERY = 5

/** SQLITE_BUSY: another process is writing. */
const BUSY = 5

/** What the disk may mend by itself, or its operator: busy for too long, READONLY, IOERR, FULL, CANTOPEN. */
const UNAVAILABLE: readonly (number | undefined)[] = [BUSY, 8, 10, 13, 14]

/** Kysely's SQLite dialect on `node:sqlite`, waiting for other processes without blocking this one. */
export function sqliteDialect(sqlite: DatabaseSync): Dialect {
  const dialect = new SqliteDialect({ database: sqliteConnection(sqlite) })
  return {
    createDriver: () => patientDriver(dialect.createDriver(), sqlite),
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

function patientDriver(driver: Driver, sqlite: DatabaseSync): Driver {
  // There is one, acquired for every statement.
  let patient: DatabaseConnection | undefined
  return {
    init: (options) => driver.init(options),
    acquireConnection: async (options) => {
      const connection = await driver.acquireConnection(options)
      patient ??= patientConnection(connection)
      return patient
    },
    beginTransaction: (connection, settings) => driver.beginTransaction(connection, settings),
    commitTransaction: (connection) => driver.commitTransaction(connection),
    rollbackTransaction: async (connection) => {
      // A full disk has ended it already; to say so again would hide why.
      if (sqlite.isTransaction) await driver.rollbackTransaction(connection)
    },
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
          const code = primaryCodeOf(error)
          if (code !== BUSY || performance.now() > deadline) {
            throw UNAVAILABLE.includes(code) ? new DatabaseUnavailable(error) : error
          }
          await pause(RETRY_EVERY)
        }
      }
    },
    streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
  }
}

/** SQLite's code without the byte that says which kind of busy or full it is; `undefined` when it is not SQLite's. */
function primaryCodeOf(error: unknown): number | undefined {
  const { errcode } = error as { readonly errcode?: number }
  return errcode === undefined ? undefined : errcode & 0xff
}
