import { randomInt } from 'node:crypto'
import { type Seconds, STATUS_LIST_SIZE } from '@countersign/shared'
import { mintId } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import type { StatusReference } from './status-list.ts'
import {
  addStatusListEntries,
  findCurrentStatusList,
  listAllocatedIndexes,
  lockStatusList,
  openNextStatusList,
} from './status-list-store.ts'

/** How many indexes are tried at once. In a list that is about full, all of them are in use once in a hundred times. */
const CANDIDATE_COUNT = 16

/**
 * One allocation in so many, chosen at random, counts for all of them: every sign-in would wait for a counter that every
 * sign-in changes. The estimate is off by 4 % of a full list, seldom by more.
 */
const ALLOCATIONS_PER_COUNT = 1024

/** What came of opening an authorization with an index: `taken` when another authorization has the index by now. */
export type Opening<Result> = { readonly kind: 'taken' } | { readonly kind: 'done'; readonly result: Result }

/**
 * Allocates an index of the current status list and opens an authorization with it, in a transaction of its own. The index
 * is random, so that neighbours in a list have nothing in common (Token Status List §12.2). `open` writes the row. When
 * another authorization was faster with that index, or the list was dropped meanwhile, the transaction is rolled back and
 * `open` is called again with another index.
 *
 * A free index is found before the transaction begins. The transaction then waits for no other authorization, and locks no
 * list that a revocation could wait for.
 */
export async function allocateStatusIndex<Result>(
  db: Database,
  now: Seconds,
  open: (transaction: Database, status: StatusReference) => Promise<Opening<Result>>,
): Promise<Result> {
  for (;;) {
    const status = await findFreeIndex(db, now)
    try {
      return await db.transaction().execute(async (transaction) => {
        const opened = await open(transaction, status)
        if (opened.kind === 'taken' || !(await lockStatusList(transaction, status.list)))
          throw new IndexLost()
        return opened.result
      })
    } catch (error) {
      if (!(error instanceof IndexLost)) throw error
    }
  }
}

/** Rolls the transaction back. It never leaves this file. */
class IndexLost extends Error {}

async function findFreeIndex(db: Database, now: Seconds): Promise<StatusReference> {
  for (;;) {
    const list = await findCurrentStatusList(db)
    if (list === undefined) {
      await openNextStatusList(db, { id: mintId('sl'), now })
      continue
    }
    if (randomInt(ALLOCATIONS_PER_COUNT) === 0) await addStatusListEntries(db, list, ALLOCATIONS_PER_COUNT)
    const candidates = Array.from({ length: CANDIDATE_COUNT }, () => randomInt(STATUS_LIST_SIZE))
    const taken = await listAllocatedIndexes(db, list, candidates)
    const index = candidates.find((candidate) => !taken.has(candidate))
    if (index !== undefined) return { list, index }
  }
}
