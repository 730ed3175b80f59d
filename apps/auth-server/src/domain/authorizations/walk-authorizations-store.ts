import { type Selectable, sql } from 'kysely'
import type { Database } from '../../storage/database.ts'
import { isPostgres } from '../../storage/postgres-dialect.ts'
import type { AuthorizationsTable } from '../../storage/schema.ts'

/** How many rows are read at once: some milliseconds, and no statement that takes longer the more there are. */
const PAGE = 1_600

/** Those that a client holds, or that speak for a subject. */
export interface HeldBy {
  readonly column: 'client_id' | 'subject'
  readonly value: string
}

/** What whoever goes through many authorizations looks at. */
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
 * Goes through authorizations page by page, revoked or not: all of a holder, or all there are. What is opened meanwhile
 * may be missed.
 *
 * In SQLite in the order in which they lie: then neighbours share pages of the table and of all that is sorted by
 * time, and changing a page of them is several times as fast as changing rows in order of their random ids. It keeps that
 * order for as long as nobody runs VACUUM. PostgreSQL has no such order to go on in, and suffers less: in order of id.
 */
export async function* walkAuthorizations(
  db: Database,
  heldBy?: HeldBy,
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
      .limit(PAGE)
    const rows = await (heldBy ? page.where(heldBy.column, '=', heldBy.value) : page).execute()
    yield rows
    const last = rows.at(-1)
    if (rows.length < PAGE || !last) return
    after = last.position
  }
}
