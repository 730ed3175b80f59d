import type { Seconds } from '@countersign/shared'
import { sql } from 'kysely'
import type { Database } from '../../storage/database.ts'

/** An authorization, and the instant that says how long ago it was used: each use moves it by a token's lifetime. */
export interface LastUse {
  readonly id: string
  readonly tokensExpireAt: Seconds
}

/** Whose authorizations are counted: what a client holds for a user, or for itself. */
export interface Holder {
  readonly clientId: string
  readonly subject: string
  /** The one that was just opened: it stays, whatever else was opened or used in the same second. */
  readonly opened: string
}

/**
 * The authorizations that are open for a client and a subject beyond the `keep` that were used last; at most `limit` of them.
 * Those that end with their access token are not counted: nothing can keep them. One used in the future was used by a clock
 * that was wrong, and is the first to go: or it would take the place of all that open until then.
 */
export async function listLeastRecentlyUsed(
  db: Database,
  { clientId, subject, opened }: Holder,
  { keep, limit, latest }: { readonly keep: number; readonly limit: number; readonly latest: Seconds },
): Promise<readonly LastUse[]> {
  const rows = await db
    .selectFrom('authorizations')
    .select(['id', 'tokens_expire_at'])
    .where('subject', '=', subject)
    .where('client_id', '=', clientId)
    .where('ended_at', 'is', null)
    .where('id', '<>', opened)
    // Each is what an index is made of: closed ones may be thousands, and are not looked at.
    .where(subject === clientId ? 'standing_for' : 'refresh_expires_at', 'is not', null)
    .orderBy(sql`case when tokens_expire_at > ${latest} then 0 else tokens_expire_at end`, 'desc')
    .orderBy('created_at', 'desc')
    .limit(limit)
    .offset(keep - 1)
    .execute()
  return rows.map((row) => ({ id: row.id, tokensExpireAt: row.tokens_expire_at }))
}

/**
 * Closes an authorization unless it was used since: no new token comes from it, and it is forgotten with its last access
 * token. False when it was used, or was revoked already.
 */
export async function closeUnlessUsed(db: Database, { id, tokensExpireAt }: LastUse): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('authorizations')
    .set({ refresh_expires_at: null, standing_for: null, remembered_until: tokensExpireAt })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where('tokens_expire_at', '=', tokensExpireAt)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
