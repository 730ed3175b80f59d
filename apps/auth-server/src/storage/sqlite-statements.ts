import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { CompiledQuery, QueryResult } from 'kysely'

/** How many prepared statements are kept: more than this server has queries. */
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
