import type { Compilable, CompiledQuery, InsertQueryBuilder, InsertResult } from 'kysely'
import type { Database } from './database.ts'
import type { Schema } from './schema.ts'

/** Reads the rows that stand under a key, in the database or in a transaction on it. */
export type Lookup<Row> = (db: Database, key: string) => Promise<readonly Row[]>

/**
 * A query whose one parameter is a key, built and compiled once for each SQLite database, and once for PostgreSQL. Kysely's building and compiling
 * was 40 % of such a read, SQLite itself 33 %; a token has three of them, and became 8 % cheaper. For queries that are
 * asked with every request: anywhere else a plain one is plainer.
 */
export function lookup<Row>(build: (db: Database, key: string) => Compilable<Row>): Lookup<Row> {
  // By the adapter, which transactions share with their database: the two dialects number parameters differently.
  const compiled = new WeakMap<object, CompiledQuery<Row>>()

  return async (db, key) => {
    const { adapter } = db.getExecutor()
    const known = compiled.get(adapter)
    const query = known ?? build(db, key).compile()
    // Any other would keep the value of the first call for good: that is a bug, and looks like one.
    if (query.parameters.length !== 1 || (!known && query.parameters[0] !== key))
      throw new Error('a lookup has one parameter, its key')
    if (!known) compiled.set(adapter, query)

    const { rows } = await db.executeQuery<Row>({ ...query, parameters: [key] })
    return rows
  }
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
