import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { inTransaction } from '../../storage/in-transaction.ts'
import { parseList } from '../../storage/list-column.ts'
import { isPostgres } from '../../storage/postgres-dialect.ts'
import { markStatusListsChanged } from '../status/status-list-store.ts'

/** Whose authorizations: those a client holds, those that speak for a subject, those that are for a resource. */
export interface AuthorizationSelection {
  readonly by: 'client' | 'subject' | 'audience'
  readonly value: string
}

/** Some of the authorizations that stand, and the id after which to look for more; `undefined` when there are no more. */
export interface StandingPage {
  readonly ids: readonly string[]
  readonly next: string | undefined
}

/** Reads on, in order of id, which authorizations stand: about `limit` of them. */
export function listStanding(
  db: Database,
  { by, value }: AuthorizationSelection,
  page: { readonly after: string; readonly limit: number },
): Promise<StandingPage> {
  return by === 'audience'
    ? listStandingForAudience(db, value, page)
    : listStandingOf(db, { column: by === 'client' ? 'client_id' : 'subject', value }, page)
}

async function listStandingOf(
  db: Database,
  { column, value }: { readonly column: 'client_id' | 'subject'; readonly value: string },
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<StandingPage> {
  const rows = await db
    .selectFrom('authorizations')
    .select('id')
    .where(column, '=', value)
    .where('ended_at', 'is', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
  return { ids: rows.map((row) => row.id), next: rows.length < limit ? undefined : rows.at(-1)?.id }
}

/** No index knows single audiences, and resources are deleted seldom: this walks through the table. */
async function listStandingForAudience(
  db: Database,
  audience: string,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<StandingPage> {
  const rows = await db
    .selectFrom('authorizations')
    .select(['id', 'audience', 'ended_at'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
  const standing = rows.filter((row) => row.ended_at === null && parseList(row.audience).includes(audience))
  return { ids: standing.map((row) => row.id), next: rows.length < limit ? undefined : rows.at(-1)?.id }
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
