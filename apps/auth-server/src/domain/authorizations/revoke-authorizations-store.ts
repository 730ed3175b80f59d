import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { inTransaction } from '../../storage/in-transaction.ts'
import { parseList } from '../../storage/list-column.ts'
import { isPostgres } from '../../storage/postgres-dialect.ts'
import { markStatusListsChanged } from '../status/status-list-store.ts'
import { type WalkedAuthorization, walkAuthorizations } from './walk-authorizations-store.ts'

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

/** Reads on which authorizations of a selection stand, some at a time. */
export async function* walkStanding(
  db: Database,
  { by, value, which = () => true }: AuthorizationSelection,
): AsyncGenerator<readonly string[]> {
  // No index knows single audiences, and resources are deleted or narrowed seldom: that walks through the table.
  const heldBy =
    by === 'audience' ? undefined : ({ column: by === 'client' ? 'client_id' : by, value } as const)
  for await (const rows of walkAuthorizations(db, heldBy)) {
    yield rows
      .filter((row) => {
        if (row.ended_at !== null) return false
        const standing = standingOf(row)
        return (by !== 'audience' || standing.audience.includes(value)) && which(standing)
      })
      .map((row) => row.id)
  }
}

function standingOf(row: WalkedAuthorization): StandingAuthorization {
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
        // What is left to remember is the bit of its access tokens: nobody can refresh it any more.
        remembered_until: row.ref('tokens_expire_at'),
      }))
      .where('id', 'in', ids)
      .where('ended_at', 'is', null)
      .returning(['id', 'status_list', 'standing_for'])
      .execute()
    await makeRoom(
      transaction,
      rows.flatMap((row) => (row.standing_for === null ? [] : row.id)),
    )
    const lists = rows.flatMap((row) => row.status_list ?? [])
    await markStatusListsChanged(transaction, lists, now)
    return rows.length
  })
}

/** Apart, for the few rows that have one: setting what is null to null would write an index anew for every row. */
async function makeRoom(transaction: Database, standing: readonly string[]): Promise<void> {
  if (standing.length === 0) return
  await transaction
    .updateTable('authorizations')
    .set({ standing_for: null })
    .where('id', 'in', standing)
    .execute()
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
