import type { Seconds } from '@countersign/shared'
import { sql } from 'kysely'
import type { Database } from '../../storage/database.ts'

/** An authorization, and the instant that tells how long ago it was used: each use moves it on. */
export interface LastUse {
  readonly id: string
  readonly tokensExpireAt: Seconds
}

/** Whose authorizations are counted: those of a client for a user, or for itself. */
export interface ClientAndSubject {
  readonly clientId: string
  readonly subject: string
  /** The id of the one just opened, which stays, whatever else was opened or used in the same second. */
  readonly opened: string
}

/**
 * The open authorizations of a client and a subject beyond the `keep` that were used last; at most `limit` of them. One
 * without a refresh token is not counted: it ends with its access token. One that was used later than `latest` was used by
 * a clock that was wrong, and comes first, or it would keep its place until that instant.
 */
export async function listLeastRecentlyUsed(
  db: Database,
  { clientId, subject, opened }: ClientAndSubject,
  { keep, limit, latest }: { readonly keep: number; readonly limit: number; readonly latest: Seconds },
): Promise<readonly LastUse[]> {
  const rows = await db
    .selectFrom('authorizations')
    .select(['id', 'tokens_expire_at'])
    .where('subject', '=', subject)
    .where('client_id', '=', clientId)
    .where('ended_at', 'is', null)
    .where('id', '<>', opened)
    // Each of the two has an index of its own, which leaves out the closed ones: there may be thousands.
    .where(subject === clientId ? 'standing_for' : 'refresh_expires_at', 'is not', null)
    .orderBy(sql`case when tokens_expire_at > ${latest} then 0 else tokens_expire_at end`, 'desc')
    .orderBy('created_at', 'desc')
    .limit(limit)
    .offset(keep - 1)
    .execute()
  return rows.map((row) => ({ id: row.id, tokensExpireAt: row.tokens_expire_at }))
}

/**
 * Closes an authorization unless it was used since: no new token is issued from it, and it is pruned after its last access
 * token has expired. False when it was used, or was revoked already.
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
