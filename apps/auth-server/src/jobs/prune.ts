import type { Clock, Seconds } from '@countersign/shared'
import { pruneFamiliarNetworks } from '../domain/attempts/familiar-network-store.ts'
import { FAMILIAR_LIFETIME_SECONDS } from '../domain/attempts/familiar-networks.ts'
import { pruneAuthorizations } from '../domain/authorizations/prune-authorizations-store.ts'
import { pruneRefreshTokens } from '../domain/authorizations/refresh-token-store.ts'
import { pruneAssertions } from '../domain/clients/client-assertion-store.ts'
import { dropEmptyStatusLists } from '../domain/status/status-list-store.ts'
import { createBatches } from '../storage/batches.ts'
import type { Database } from '../storage/database.ts'
import { takeLockIfFree, withLockIfFree } from '../storage/lock.ts'

/** Whoever checks an expiry may have a slow clock; nothing is forgotten until that cannot matter. */
const MARGIN: Seconds = 3600

/**
 * Forgets what can no longer be asked about: expired refresh tokens and assertions, authorizations whose tokens are all
 * dead, status lists nobody is in. In batches that keep nobody waiting, until nothing is left to forget,
 * another replica turns out to be at it, or it is time to stop.
 */
export async function prune(
  db: Database,
  now: Clock,
  stopping: AbortSignal = new AbortController().signal,
): Promise<void> {
  const before = now() - MARGIN
  const kinds: readonly Forget[] = [
    pruneRefreshTokens,
    (transaction, due) => pruneAuthorizations(transaction, { ...due, now: now() }),
    pruneAssertions,
    (transaction, { limit }) =>
      pruneFamiliarNetworks(transaction, { before: before - FAMILIAR_LIFETIME_SECONDS, limit }),
  ]
  for (const forget of kinds) await forgetAll(db, { forget, before, stopping })
  if (!stopping.aborted) await withLockIfFree(db, 'prune', dropEmptyStatusLists)
}

/** Forgets at most `limit` rows of a kind that nobody can ask about since an instant; says how many. */
type Forget = (
  transaction: Database,
  due: { readonly before: Seconds; readonly limit: number },
) => Promise<number>

async function forgetAll(
  db: Database,
  {
    forget,
    before,
    stopping,
  }: { readonly forget: Forget; readonly before: Seconds; readonly stopping: AbortSignal },
): Promise<void> {
  const batches = createBatches(db)
  let isMore = true
  while (isMore && !stopping.aborted) {
    const limit = batches.size()
    const forgotten = await batches.run(async (transaction) =>
      (await takeLockIfFree(transaction, 'prune')) ? forget(transaction, { before, limit }) : 0,
    )
    isMore = forgotten === limit
  }
}
