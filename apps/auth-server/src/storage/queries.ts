import type { Compilable, CompiledQuery, InsertQueryBuilder, InsertResult } from 'kysely'
import QuickLRU from 'quick-lru'
import type { Database } from './database.ts'
import type { Schema } from './schema.ts'
import { dataVersionOf } from './sqlite-dialect.ts'

/** Reads what stands under a key, in the database or in a transaction on it. */
export type Lookup<Noun> = (db: Database, key: string) => Promise<readonly Noun[]>

/** How many keys a lookup remembers, whether something stands under them or not. A QuickLRU keeps up to twice its `maxSize`. */
const MAX_REMEMBERED_KEYS = 1_000

/**
 * A query whose one parameter is a key, for what is asked with every request: anywhere else a plain one is plainer. It is
 * built and compiled once for each SQLite database, and once for PostgreSQL. On SQLite what it found is remembered until
 * somebody commits something, so that a change takes effect with the next request, whoever makes it (decision 35).
 */
export function lookup<Row, Noun>(
  build: (db: Database, key: string) => Compilable<Row>,
  parse: (row: Row) => Noun,
): Lookup<Noun> {
  // By the adapter, which transactions share with their database: the two dialects number parameters differently.
  const compiled = new WeakMap<object, CompiledQuery<Row>>()
  const remembered = new WeakMap<object, Remembered<Noun>>()

  const read = async (db: Database, key: string): Promise<readonly Noun[]> => {
    const { adapter } = db.getExecutor()
    const known = compiled.get(adapter)
    const query = known ?? build(db, key).compile()
    // Any other would keep the value of the first call for good: that is a bug, and looks like one.
    if (query.parameters.length !== 1 || (!known && query.parameters[0] !== key))
      throw new Error('a lookup has one parameter, its key')
    if (!known) compiled.set(adapter, query)

    const { rows } = await db.executeQuery<Row>({ ...query, parameters: [key] })
    return rows.map(parse)
  }

  return async (db, key) => {
    // Before the rows are read: when somebody commits in between, they are newer than this says, never older.
    const version = dataVersionOf(db)
    if (version === undefined) return read(db, key)

    const { adapter } = db.getExecutor()
    const last = remembered.get(adapter)
    const now = last?.version === version ? last : { version, found: newestKeys<Noun>() }
    if (now !== last) remembered.set(adapter, now)
    const known = now.found.get(key)
    if (known) return known

    const found = await read(db, key)
    now.found.set(key, found)
    return found
  }
}

/** What stood under some keys while the database had this version. */
interface Remembered<Noun> {
  readonly version: number
  readonly found: QuickLRU<string, readonly Noun[]>
}

function newestKeys<Noun>(): QuickLRU<string, readonly Noun[]> {
  return new QuickLRU({ maxSize: MAX_REMEMBERED_KEYS / 2 })
}

/** Inserts a row unless one with its key, or another of its unique columns, is there. True when the row is new. */
export async function insertIfAbsent<Table extends keyof Schema>(
  insert: InsertQueryBuilder<Schema, Table, InsertResult>,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await insert
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}
