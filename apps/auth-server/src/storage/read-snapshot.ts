import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Kysely, SqliteDialect, sql } from 'kysely'
import type { Database } from './database.ts'
import { DatabaseUnavailable } from './errors.ts'
import { isPostgres } from './postgres-dialect.ts'
import type { Schema } from './schema.ts'

/**
 * Reads in several statements what was true at one instant, that of the first. Nobody waits for it, however long it
 * takes: PostgreSQL reads in one transaction, SQLite through a connection of its own, opened for this and closed again.
 * Only a database in memory, which has one connection, keeps its writers waiting.
 */
export async function readSnapshot<Result>(
  db: Database,
  read: (snapshot: Database) => Promise<Result>,
): Promise<Result> {
  if (isPostgres(db)) {
    return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read)
  }
  const path = await sqlitePathOf(db)
  if (path === '') return db.transaction().execute(read)

  const snapshot = openReader(path)
  try {
    return await snapshot.transaction().execute(read)
  } finally {
    await snapshot.destroy()
  }
}

/** Where the file of a SQLite database is; empty for one in memory. */
async function sqlitePathOf(db: Database): Promise<string> {
  const { rows } = await sql<{
    file: string
  }>`select file from pragma_database_list where name = 'main'`.execute(db)
  return rows[0]?.file ?? ''
}

function openReader(path: string): Kysely<Schema> {
  try {
    const sqlite = new DatabaseSync(path, { readOnly: true })
    const database = {
      close: () => sqlite.close(),
      prepare: (text: string) => {
        const statement = sqlite.prepare(text)
        const run = (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[]))
        const all = (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[]))
        const iterate = (parameters: readonly unknown[]) =>
          statement.iterate(...(parameters as SQLInputValue[]))
        return { reader: statement.columns().length > 0, all, run, iterate }
      },
    }
    return new Kysely<Schema>({ dialect: new SqliteDialect({ database }) })
  } catch (error) {
    throw new DatabaseUnavailable(error)
  }
}
