import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { DatabaseBusy, DatabaseUnavailable } from './errors.ts'
import { createMutex } from './mutex.ts'
import type { SqliteConnections } from './sqlite-files.ts'

/** What Kysely knows of the dialect, and what we ask beside it. */
interface SqliteAdapter extends DialectAdapter {
  readonly dataVersion: () => number | undefined
}

/**
 * A number that is another one as soon as anybody has committed anything, in this process or another; it takes a few
 * microseconds. `undefined` where there is none: on PostgreSQL, in memory, and in a transaction, which sees its own writes.
 */
export function dataVersionOf<Tables>(db: Kysely<Tables>): number | undefined {
  const { adapter } = db.getExecutor()
  return !db.isTransaction && isSqlite(adapter) ? adapter.dataVersion() : undefined
}

function isSqlite(adapter: DialectAdapter): adapter is SqliteAdapter {
  return 'dataVersion' in adapter
}

/** Kysely's SQLite dialect on `node:sqlite`, with a driver of ours. */
export function sqliteDialect(connections: SqliteConnections): Dialect {
  const dataVersion = watchDataVersion(connections)
  return {
    createDriver: () => sqliteDriver(connections),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createAdapter: (): SqliteAdapter => ({
      dataVersion,
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

/** How long a write waits for other writers of this and of other processes, and how often the first in line tries. */
const BUSY_TIMEOUT_MS = 5_000
const RETRY_EVERY_MS = 5

/** SQLITE_BUSY: another process is writing. */
const SQLITE_BUSY = 5

/** What an operator can mend on the disk: READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB. */
const UNAVAILABLE_CODES: readonly (number | undefined)[] = [8, 10, 11, 13, 14, 26]

/** At once: a transaction that reads first and writes later would be refused, not made to wait, when another process writes in between. */
const BEGIN = CompiledQuery.raw('begin immediate')
const COMMIT = CompiledQuery.raw('commit')
const ROLLBACK = CompiledQuery.raw('rollback')

/** What Kysely has acquired: for one statement, or for a transaction once that has begun. */
interface Connection extends DatabaseConnection {
  holdsMutex: boolean
}

/**
 * Drives SQLite for one process among others. Writers write one after the other, and wait for `BUSY_TIMEOUT_MS` at most, then the database is
 * busy; readers wait for nobody. No commit is acknowledged for a file that is gone: it is looked for before and after.
 */
export function sqliteDriver({ writer, reader, proveKept }: SqliteConnections): Driver {
  const mutex = createMutex()
  const run = statementsOf(writer)
  const runBesideTransaction = reader && statementsOf(reader)

  const acquireMutex = async (deadline: number) => {
    if (!(await mutex.acquire(deadline)))
      throw new DatabaseBusy(new Error('too many writers wait before this one'))
  }

  const write = async <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => {
    const deadline = performance.now() + BUSY_TIMEOUT_MS
    await acquireMutex(deadline)
    try {
      return await untilFree(deadline, () => {
        proveKept()
        const result = run<Row>(query)
        proveKept()
        return result
      })
    } finally {
      mutex.release()
    }
  }

  const read = <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => {
    // The writer's connection has the pages cached, but inside a transaction it sees what is not committed yet.
    if (!writer.isTransaction) return untilFree(performance.now() + BUSY_TIMEOUT_MS, () => run<Row>(query))
    if (!runBesideTransaction) return write(query)
    return untilFree(performance.now() + BUSY_TIMEOUT_MS, () => runBesideTransaction<Row>(query))
  }

  const newConnection = (): Connection => ({
    holdsMutex: false,
    async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
      if (this.holdsMutex) return attempt(() => run<Row>(query))
      return isRead(query) ? read(query) : write(query)
    },
    streamQuery: () => {
      throw new TypeError('rows are not streamed here')
    },
  })

  return {
    init: async () => {},
    acquireConnection: async () => newConnection(),
    beginTransaction: async (connection: Connection) => {
      const deadline = performance.now() + BUSY_TIMEOUT_MS
      await acquireMutex(deadline)
      connection.holdsMutex = true
      await untilFree(deadline, () => run(BEGIN))
    },
    commitTransaction: async () => {
      proveKept()
      attempt(() => run(COMMIT))
      proveKept()
    },
    rollbackTransaction: async () => {
      // A full disk has ended the transaction already; another error would hide the reason.
      if (writer.isTransaction) attempt(() => run(ROLLBACK))
    },
    releaseConnection: async (connection: Connection) => {
      if (connection.holdsMutex) mutex.release()
      connection.holdsMutex = false
    },
    destroy: async () => {
      reader?.close()
      writer.close()
    },
  }
}

/**
 * SQLite counts for each connection what others have committed. The reader commits nothing itself, so that it counts
 * everybody, the writer of this process among them.
 */
function watchDataVersion({ reader }: SqliteConnections): () => number | undefined {
  const statement = reader?.prepare('pragma data_version')
  // An array is made faster than an object.
  statement?.setReturnArrays(true)
  return () => {
    try {
      const row = statement?.get() as readonly [number] | undefined
      return row?.[0]
    } catch {
      // Whoever then reads the rows is told what is wrong.
      return undefined
    }
  }
}

/** A statement that changes nothing, whatever it is asked with. */
function isRead({ query, sql }: CompiledQuery): boolean {
  return query.kind === 'SelectQueryNode' || /^\s*select\b/i.test(sql)
}

/**
 * Tries again until no other process is in the way. Only the beginning of a transaction and a statement outside of one can
 * find the database busy, and both have done nothing yet when they do: trying again is safe.
 */
async function untilFree<Result>(deadline: number, work: () => Result): Promise<Result> {
  for (;;) {
    try {
      return attempt(work)
    } catch (error) {
      if (!(error instanceof DatabaseBusy) || performance.now() > deadline) throw error
      await pause(RETRY_EVERY_MS)
    }
  }
}

function attempt<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    const code = primaryCodeOf(error)
    if (code === SQLITE_BUSY) throw new DatabaseBusy(error)
    throw UNAVAILABLE_CODES.includes(code) ? new DatabaseUnavailable(error) : error
  }
}

/** SQLite's code without the byte that says which kind of busy or full it is; `undefined` when it is not SQLite's. */
function primaryCodeOf(error: unknown): number | undefined {
  const { errcode } = error as { readonly errcode?: number }
  return errcode === undefined ? undefined : errcode & 0xff
}

/** More than this server has queries. */
const MAX_CACHED_STATEMENTS = 200

/** Runs a query on one connection, at once and to its end: `node:sqlite` waits for nothing but the disk. */
export type RunStatement = <Row>(query: Pick<CompiledQuery, 'sql' | 'parameters'>) => QueryResult<Row>

interface KeptStatement {
  readonly statement: StatementSync
  readonly hasRows: boolean
}

/** Lets Kysely speak to `node:sqlite`. Kysely prepares a statement per query, so they are kept by their text. */
export function statementsOf(sqlite: DatabaseSync): RunStatement {
  const kept = new Map<string, KeptStatement>()

  const prepare = (sql: string): KeptStatement => {
    const known = kept.get(sql)
    if (known) return known

    const statement = sqlite.prepare(sql)
    const prepared = { statement, hasRows: statement.columns().length > 0 }
    if (kept.size >= MAX_CACHED_STATEMENTS) kept.clear()
    kept.set(sql, prepared)
    return prepared
  }

  return <Row>({ sql, parameters }: Pick<CompiledQuery, 'sql' | 'parameters'>): QueryResult<Row> => {
    const { statement, hasRows } = prepare(sql)
    const values = parameters as SQLInputValue[]
    if (hasRows) return { rows: statement.all(...values) as Row[] }

    const { changes, lastInsertRowid } = statement.run(...values)
    return { insertId: BigInt(lastInsertRowid), numAffectedRows: BigInt(changes), rows: [] }
  }
}
