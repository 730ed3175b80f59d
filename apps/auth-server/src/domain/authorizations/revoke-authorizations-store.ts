import type { Seconds } from '@countersign/shared'
import type { Selectable } from 'kysely'
import type { Database } from '../../storage/database.ts'
import { inTransaction } from '../../storage/in-transaction.ts'
import { parseList } from '../../storage/list-column.ts'
import { isPostgres } from '../../storage/postgres-dialect.ts'
import type { AuthorizationsTable } from '../../storage/schema.ts'
import { markStatusListsChanged } from '../status/status-list-store.ts'

/** Whose authorizations: those a client holds, those that speak for a subject, those that are for a resource. */
export interface AuthorizationSelection {
  readonly by: 'client' | 'subject' | 'audience'
  readonly value: string
  /** Which of them; all when absent. */
  readonly which?: (authorization: StandingAuthorization) => boolean
}

/** What there is to choose by among authorizations that stand. */
export interface StandingAuthorization {
  /** Whether the client acts for itself: then the row says nothing of a scope. */
  readonly isOwn: boolean
  readonly clientId: string
  readonly scope: readonly string[]
  readonly audience: readonly string[]
  readonly refreshes: boolean
}

/** Some of the authorizations that stand, and the id after which to look for more; `undefined` when there are no more. */
export interface StandingPage {
  readonly ids: readonly string[]
  readonly next: string | undefined
}

/** Reads on, in order of id, which authorizations stand: about `limit` of them. */
export async function listStanding(
  db: Database,
  { by, value, which = () => true }: AuthorizationSelection,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<StandingPage> {
  const page = db
    .selectFrom('authorizations')
    .select(['id', 'client_id', 'subject', 'scope', 'audience', 'refresh_expires_at', 'ended_at'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
  // No index knows single audiences, and resources are deleted or narrowed seldom: that walks through the table.
  const rows = await (by === 'audience'
    ? page
    : page.where(by === 'client' ? 'client_id' : 'subject', '=', value).where('ended_at', 'is', null)
  ).execute()

  const chosen = rows.filter((row) => {
    const standing = standingOf(row)
    return (
      row.ended_at === null && (by !== 'audience' || standing.audience.includes(value)) && which(standing)
    )
  })
  return { ids: chosen.map((row) => row.id), next: rows.length < limit ? undefined : rows.at(-1)?.id }
}

function standingOf(
  row: Pick<
    Selectable<AuthorizationsTable>,
    'client_id' | 'subject' | 'scope' | 'audience' | 'refresh_expires_at'
  >,
): StandingAuthorization {
  return {
    isOwn: row.subject === row.client_id,
    clientId: row.client_id,
    scope: parseList(row.scope),
    audience: parseList(row.audience),
    refreshes: row.refresh_expires_at !== null,
  }
}

/**
 * Revokes those of some authorizations that stand, and sets their bits, in one transaction; says how many. A standing
 * authorization of a client makes room for another. The lock order is in `schema.ts`.
 */
export function revokeAuthorizations(db: Database, ids: readonly string[], now: Seconds): Promise<number> {
  if (ids.length === 0) return Promise.resolve(0)
  return inTransaction(db, async (transaction) => {
    await lockAuthorizations(transaction, ids)
    const rows = await transaction
      .updateTable('authorizations')
      .set((row) => ({
        ended_at: now,
        standing_for: null,
        // What is left to remember is the bit of its access tokens: nobody can refresh it any more.
        remembered_until: row.ref('tokens_expire_at'),
      }))
      .where('id', 'in', ids)
      .where('ended_at', 'is', null)
      .returning('status_list')
      .execute()
    const lists = rows.flatMap((row) => row.status_list ?? [])
    await markStatusListsChanged(transaction, lists, now)
    return rows.length
  })
}

/** Locks several authorizations in order of id: a statement that changes them takes them in whatever order they lie. */
export async function lockAuthorizations(transaction: Database, ids: readonly string[]): Promise<void> {
  if (ids.length < 2 || !isPostgres(transaction)) return
  await transaction
    .selectFrom('authorizations')
    .select('id')
    .where('id', 'in', ids)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
}
