import { type Selectable, sql } from 'kysely'
import type { Database } from '../../storage/database.ts'
import { isPostgres } from '../../storage/postgres-dialect.ts'
import type { AuthorizationsTable } from '../../storage/schema.ts'

/** Rows read at once take some milliseconds, however many there are in all. */
const PAGE_ROWS = 1_600

/** Those that a client holds, or that speak for a subject. */
export interface AuthorizationsOf {
  readonly column: 'client_id' | 'subject'
  readonly value: string
}

/** What is read of each authorization on a walk through many. */
export type WalkedAuthorization = Pick<
  Selectable<AuthorizationsTable>,
  | 'id'
  | 'client_id'
  | 'subject'
  | 'scope'
  | 'audience'
  | 'authenticated_at'
  | 'tokens_expire_at'
  | 'refresh_expires_at'
  | 'ended_at'
>

/**
 * Reads authorizations page by page, revoked or not: all of a client or a subject, or all there are. Those opened
 * meanwhile may be missed.
 *
 * SQLite reads them in the order in which they lie. Neighbours share pages of the table and of its indexes by time, so
 * that changing a page of them is several times as fast as changing rows in order of their random ids. VACUUM alone
 * changes that order. PostgreSQL has no order to resume in but that of the ids, and loses less by it.
 */
export async function* walkAuthorizations(
  db: Database,
  of?: AuthorizationsOf,
): AsyncGenerator<readonly WalkedAuthorization[]> {
  const position = sql<string | number>`${sql.raw(isPostgres(db) ? 'id' : 'rowid')}`
  let after: string | number = isPostgres(db) ? '' : 0
  for (;;) {
    const page = db
      .selectFrom('authorizations')
      .select([
        'id',
        'client_id',
        'subject',
        'scope',
        'audience',
        'authenticated_at',
        'tokens_expire_at',
        'refresh_expires_at',
        'ended_at',
      ])
      .select(position.as('position'))
      .where(position, '>', after)
      .orderBy(position)
      .limit(PAGE_ROWS)
    const rows = await (of ? page.where(of.column, '=', of.value) : page).execute()
    yield rows
    const last = rows.at(-1)
    if (rows.length < PAGE_ROWS || !last) return
    after = last.position
  }
}
