import { setImmediate as breathe } from 'node:timers/promises'
import type { Clock, Seconds } from '@countersign/shared'
import { pruneFamiliarNetworks } from './domain/attempts/familiar-network-store.ts'
import { FAMILIAR_FOR } from './domain/attempts/familiar-networks.ts'
import { pruneAuthorizations } from './domain/authorizations/prune-authorizations-store.ts'
import { pruneAssertions } from './domain/clients/client-assertion-store.ts'
import { dropEmptyStatusLists } from './domain/status/status-list-store.ts'
import { pruneRefreshTokens, removeRefreshTokensOf } from './domain/tokens/refresh-token-store.ts'
import type { Database } from './storage/database.ts'
import { withLockIfFree } from './storage/lock.ts'

/** Rows per transaction: a few milliseconds, so that no request waits for long. */
const BATCH = 500

/** Whoever checks an expiry may have a slow clock; nothing is forgotten until that cannot matter. */
const MARGIN: Seconds = 3600

/**
 * Forgets what can no longer be asked about: expired refresh tokens and assertions, authorizations whose tokens are all
 * dead, status lists nobody is in. In small batches with a breath between them, until nothing is left to forget,
 * another replica turns out to be at it, or it is time to stop.
 */
export async function prune(
  db: Database,
  now: Clock,
  stopping: AbortSignal = new AbortController().signal,
): Promise<void> {
  const before = now() - MARGIN
  const batches = [
    (transaction: Database) => pruneRefreshTokens(transaction, { before, limit: BATCH }),
    (transaction: Database) =>
      pruneAuthorizations(transaction, {
        before,
        limit: BATCH,
        now: now(),
        forgetTokens: removeRefreshTokensOf,
      }),
    (transaction: Database) => pruneAssertions(transaction, { before, limit: BATCH }),
    (transaction: Database) =>
      pruneFamiliarNetworks(transaction, { before: before - FAMILIAR_FOR, limit: BATCH }),
  ]
  for (const batch of batches) {
    while (!stopping.aborted && (await withLockIfFree(db, 'prune', batch)) === BATCH) await breathe()
  }
  if (!stopping.aborted) await withLockIfFree(db, 'prune', dropEmptyStatusLists)
}
