import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { closeUnlessUsed, type Holder, listLeastRecentlyUsed } from './authorization-limit-store.ts'

/**
 * How many authorizations new tokens can come from, for a client and a user or for a client itself. More than the devices
 * of a person and the sets of resources of a machine; a client that signs in anew for everything it does shall not fill
 * the database.
 */
export const AUTHORIZATION_LIMIT = 100

/** How many are closed on the way of one that opens: several at once may each add one, and none shall wait for long. */
const CLOSED_AT_ONCE = 20

/** What seems to be used later than this from now was used by a clock that was wrong: few access tokens live for years. */
const FURTHEST_AHEAD: Seconds = 2 * 365 * 86_400

/**
 * Makes room for an authorization that was just opened: of those that a client holds for a subject, the ones whose last
 * use is longest ago are closed. Their access tokens stay good until they expire: a script that signs in for every
 * request takes no token from the requests before. One by one, each in a transaction of its own: whoever closes
 * several rows at once would wait for whoever does it in another order.
 */
export async function limitAuthorizations(db: Database, holder: Holder, now: Seconds): Promise<void> {
  const beyond = await listLeastRecentlyUsed(db, holder, {
    keep: AUTHORIZATION_LIMIT,
    limit: CLOSED_AT_ONCE,
    latest: now + FURTHEST_AHEAD,
  })
  for (const lastUse of beyond) await closeUnlessUsed(db, lastUse)
}
