import {
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Kysely,
  PostgresDialect,
  sql,
} from 'kysely'
import type { PostgresLocation } from './postgres-location.ts'

const ADAPTER: DialectAdapter = {
  supportsMultipleConnections: true,
  supportsReturning: true,
  supportsCreateIfNotExists: true,
  supportsTransactionalDdl: true,
  // Whoever migrates holds our own lock (`lock.ts`). Kysely's belongs to the session: after a failed migration it would
  // stay with a connection that goes back to the pool, and a pooler between us and the server would lose it.
  acquireMigrationLock: async () => {},
  releaseMigrationLock: async () => {},
}

/** Kysely's PostgreSQL dialect on our pool. */
export function postgresDialect(location: PostgresLocation): Dialect {
  // Loaded with the first query: a server on SQLite starts without it.
  const pool = async () => (await import('./postgres-pool.ts')).postgresPool(location)
  const dialect = new PostgresDialect({ pool })
  return {
    createDriver: () => dialect.createDriver(),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (db) => ofOurSchemas(dialect.createIntrospector(db), db),
    createAdapter: () => ADAPTER,
  }
}

/** Is this database, or the one this transaction is on, PostgreSQL? */
export function isPostgres<Tables>(db: Kysely<Tables>): boolean {
  return db.getExecutor().adapter === ADAPTER
}

/** Sees the tables that a name without a schema can mean: another application's, in a schema of its own, are not ours. */
function ofOurSchemas<Tables>(introspector: DatabaseIntrospector, db: Kysely<Tables>): DatabaseIntrospector {
  return {
    getSchemas: () => introspector.getSchemas(),
    getTables: async (options) => {
      const { rows } = await sql<{ name: string }>`select unnest(current_schemas(false)) as name`.execute(db)
      const ours = new Set(rows.map((row) => row.name))
      return (await introspector.getTables(options)).filter((table) => ours.has(table.schema ?? ''))
    },
  }
}

/** Lets the rest of a transaction on PostgreSQL take as long as it needs: for waiting in line, and for migrations. */
export const WITHOUT_TIMEOUT = 'set local statement_timeout = 0'
