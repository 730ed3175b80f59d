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

/** A verifier's clock may be slow: a row stays until that cannot matter. */
const MARGIN: Seconds = 3600

/**
 * Prunes what nobody can ask about any more: expired refresh tokens and assertions, authorizations whose tokens have all
 * expired, empty status lists. It works in short batches, until nothing is left to prune, another replica prunes, or the
 * process stops.
 */
export async function prune(
  db: Database,
  now: Clock,
  stopping: AbortSignal = new AbortController().signal,
): Promise<void> {
  const before = now() - MARGIN
  const kinds: readonly PruneBatch[] = [
    pruneRefreshTokens,
    (transaction, due) => pruneAuthorizations(transaction, { ...due, now: now() }),
    pruneAssertions,
    (transaction, { limit }) =>
      pruneFamiliarNetworks(transaction, { before: before - FAMILIAR_LIFETIME_SECONDS, limit }),
  ]
  for (const pruneBatch of kinds) await pruneAll(db, { pruneBatch, before, stopping })
  if (!stopping.aborted) await withLockIfFree(db, 'prune', dropEmptyStatusLists)
}

/** Prunes at most `limit` rows of a kind that expired before an instant; says how many. */
type PruneBatch = (
  transaction: Database,
  due: { readonly before: Seconds; readonly limit: number },
) => Promise<number>

async function pruneAll(
  db: Database,
  {
    pruneBatch,
    before,
    stopping,
  }: { readonly pruneBatch: PruneBatch; readonly before: Seconds; readonly stopping: AbortSignal },
): Promise<void> {
  const batches = createBatches(db)
  let isMore = true
  while (isMore && !stopping.aborted) {
    const limit = batches.size()
    const pruned = await batches.run(async (transaction) =>
      (await takeLockIfFree(transaction, 'prune')) ? pruneBatch(transaction, { before, limit }) : 0,
    )
    isMore = pruned === limit
  }
}
