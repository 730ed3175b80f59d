import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { inTransaction } from '../../storage/lock.ts'
import { isPostgres } from '../../storage/postgres-dialect.ts'
import { parseList } from '../../storage/schema.ts'
import { markStatusListsChanged } from '../status/status-list-store.ts'
import { type WalkedAuthorization, walkAuthorizations } from './walk-authorizations-store.ts'

/** Whose authorizations: those a client holds, those that speak for a subject, those that are for a resource. */
export interface AuthorizationSelection {
  readonly by: 'client' | 'subject' | 'audience'
  readonly value: string
  /** Which of them; all when absent. */
  readonly which?: (authorization: UnrevokedAuthorization) => boolean
}

/** What an authorization that is not revoked can be chosen by. */
export interface UnrevokedAuthorization {
  /** Whether the client acts for itself. The row of such an authorization says nothing of a scope. */
  readonly isOwn: boolean
  readonly clientId: string
  readonly scope: readonly string[]
  readonly audience: readonly string[]
  readonly refreshes: boolean
}

/** Reads the ids of the authorizations of a selection that are not revoked, page by page. */
export async function* walkUnrevoked(
  db: Database,
  { by, value, which = () => true }: AuthorizationSelection,
): AsyncGenerator<readonly string[]> {
  // No index knows single audiences. Resources are seldom deleted or narrowed, so this reads the whole table.
  const of = by === 'audience' ? undefined : ({ column: by === 'client' ? 'client_id' : by, value } as const)
  for await (const rows of walkAuthorizations(db, of)) {
    yield rows
      .filter((row) => {
        if (row.ended_at !== null) return false
        const authorization = authorizationOf(row)
        return (by !== 'audience' || authorization.audience.includes(value)) && which(authorization)
      })
      .map((row) => row.id)
  }
}

function authorizationOf(row: WalkedAuthorization): UnrevokedAuthorization {
  return {
    isOwn: row.subject === row.client_id,
    clientId: row.client_id,
    scope: parseList(row.scope),
    audience: parseList(row.audience),
    refreshes: row.refresh_expires_at !== null,
  }
}

/**
 * Revokes those of some authorizations that are not revoked yet, and sets their bits, in one transaction; says how many. A
 * revoked client authorization gives up its key, so that another can be opened. The lock order is in `schema.ts`.
 */
export function revokeAuthorizations(db: Database, ids: readonly string[], now: Seconds): Promise<number> {
  if (ids.length === 0) return Promise.resolve(0)
  return inTransaction(db, async (transaction) => {
    await lockAuthorizations(transaction, ids)
    const rows = await transaction
      .updateTable('authorizations')
      .set((row) => ({
        ended_at: now,
        // Nobody can refresh it any more. Its bit is needed until its last access token expires.
        remembered_until: row.ref('tokens_expire_at'),
      }))
      .where('id', 'in', ids)
      .where('ended_at', 'is', null)
      .returning(['id', 'status_list', 'standing_for'])
      .execute()
    await clearClientKeys(
      transaction,
      rows.flatMap((row) => (row.standing_for === null ? [] : row.id)),
    )
    const lists = rows.flatMap((row) => row.status_list ?? [])
    await markStatusListsChanged(transaction, lists, now)
    return rows.length
  })
}

/** A statement of its own for the few rows that have a key: setting null to null would write an index for every row. */
async function clearClientKeys(transaction: Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await transaction.updateTable('authorizations').set({ standing_for: null }).where('id', 'in', ids).execute()
}

/** Locks several authorizations in order of id: a statement that changes them locks them in no order of its own. */
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
