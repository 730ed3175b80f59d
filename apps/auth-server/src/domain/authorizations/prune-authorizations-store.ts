import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { inTransaction } from '../../storage/lock.ts'
import { markStatusListsChanged } from '../status/status-list-store.ts'
import { removeRefreshTokensOf } from './refresh-token-store.ts'
import { lockAuthorizations } from './revoke-authorizations-store.ts'

export interface AuthorizationsToPrune {
  readonly before: Seconds
  readonly limit: number
  readonly now: Seconds
}

/**
 * Prunes at most `limit` authorizations of which no token can be alive at an instant, with their refresh tokens; says how
 * many. The bit of a revoked one goes back to 0 for the next authorization with its index. The list is dated now, because
 * verifiers clear a bit only by a list that is later than the one that set it.
 */
export function pruneAuthorizations(
  db: Database,
  { before, limit, now }: AuthorizationsToPrune,
): Promise<number> {
  return inTransaction(db, async (transaction) => {
    const found = await transaction
      .selectFrom('authorizations')
      .select('id')
      .where('remembered_until', '<', before)
      .orderBy('remembered_until')
      .limit(limit)
      .execute()
    if (found.length === 0) return 0
    const ids = found.map((row) => row.id)
    await lockAuthorizations(transaction, ids)
    const rows = await transaction
      .deleteFrom('authorizations')
      .where('id', 'in', ids)
      // Asked again: an authorization may have been extended until its row was locked.
      .where('remembered_until', '<', before)
      .returning(['id', 'status_list', 'ended_at'])
      .execute()
    await removeRefreshTokensOf(
      transaction,
      rows.map((row) => row.id),
    )
    const changed = rows.flatMap((row) => (row.ended_at === null ? [] : (row.status_list ?? [])))
    await markStatusListsChanged(transaction, changed, now)
    return rows.length
  })
}
