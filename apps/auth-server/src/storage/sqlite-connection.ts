import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { SqliteDatabase, SqliteStatement } from 'kysely'

/** How many prepared statements are kept: more than this server has queries. */
const KEPT_STATEMENTS = 200

/**
 * Lets Kysely speak to `node:sqlite`. Kysely prepares a statement per query, so they are kept by their text. A
 * transaction begins immediately: one that reads first and writes later would be refused, not made to wait, when
 * another process writes in between.
 */
export function sqliteConnection(sqlite: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>()

  return {
    close: () => sqlite.close(),
    prepare: (sql) => {
      const kept = statements.get(sql)
      if (kept) return kept

      const statement = statementOf(sqlite.prepare(sql === 'begin' ? 'begin immediate' : sql))
      if (statements.size >= KEPT_STATEMENTS) statements.clear()
      statements.set(sql, statement)
      return statement
    },
  }
}

function statementOf(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  }
}
