import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { inTransaction } from '../../storage/in-transaction.ts'
import { markStatusListsChanged } from '../status/status-list-store.ts'
import { removeRefreshTokensOf } from './refresh-token-store.ts'
import { lockAuthorizations } from './revoke-authorizations-store.ts'

export interface AuthorizationsToPrune {
  readonly before: Seconds
  readonly limit: number
  readonly now: Seconds
}

/**
 * Forgets at most `limit` authorizations of which no token can be alive at an instant; says how many. Their
 * refresh tokens go with them. Where one was revoked its bit goes back to 0, for whoever gets its index next: in a list
 * dated now, since verifiers take a bit back only when a list is later than the one that set it.
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
      // Again: until the rows were ours somebody may have prolonged one.
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
