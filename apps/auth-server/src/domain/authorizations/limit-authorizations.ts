import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { type ClientAndSubject, closeUnlessUsed, listLeastRecentlyUsed } from './authorization-limit-store.ts'

/**
 * How many authorizations new tokens can come from, for a client and a user or for a client itself: more than a person has
 * devices, or a machine sets of resources. A client that signs in anew for every request does not fill the database.
 */
export const AUTHORIZATION_LIMIT = 100

/** How many are closed when one opens. Several may open at once, and none of them should wait for long. */
const MAX_CLOSED_AT_ONCE = 20

/** An authorization used later than this from now was used by a clock that was wrong: few access tokens live for years. */
const MAX_LIFETIME_AHEAD: Seconds = 2 * 365 * 86_400

/**
 * Closes the least recently used authorizations of a client and a subject when there are too many after one was opened.
 * Their access tokens stay good until they expire, so that a script that signs in for every request loses no token. Each is
 * closed in a transaction of its own: two requests that close several at once could otherwise wait for one another.
 */
export async function limitAuthorizations(db: Database, of: ClientAndSubject, now: Seconds): Promise<void> {
  const beyond = await listLeastRecentlyUsed(db, of, {
    keep: AUTHORIZATION_LIMIT,
    limit: MAX_CLOSED_AT_ONCE,
    latest: now + MAX_LIFETIME_AHEAD,
  })
  for (const lastUse of beyond) await closeUnlessUsed(db, lastUse)
}
