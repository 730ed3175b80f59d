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

/** How many indexes are looked at together: in a list that takes no more, all of them are taken once in a hundred times. */
const CANDIDATES = 16

/**
 * One allocation in so many, picked at random, counts for all of them. A counter that every sign-in moves is a row that
 * every sign-in waits for. The estimate is off by 4 % of a full list, seldom by more.
 */
const COUNTED_EVERY = 1024

/** What whoever opens an authorization made of the index: `taken` when another authorization has it by now. */
export type Opened<Result> = { readonly kind: 'taken' } | { readonly kind: 'done'; readonly result: Result }

/**
 * Opens an authorization in a transaction of its own, with an index in the current status list: chosen at random, so that
 * neighbours in a list have nothing in common (Token Status List §12.2). `open` writes the row; when somebody else was
 * faster with that index, or the list was dropped meanwhile, nothing has happened and it is asked again with another.
 *
 * The index is found before the transaction begins, among those that nobody has: inside of it this waits for no row of
 * another authorization, and holds no list that somebody who revokes could wait for.
 */
export async function allocateStatusIndex<Result>(
  db: Database,
  now: Seconds,
  open: (transaction: Database, status: StatusReference) => Promise<Opened<Result>>,
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

/** Undoes the transaction: it is not seen outside of this file. */
class IndexLost extends Error {}

async function findFreeIndex(db: Database, now: Seconds): Promise<StatusReference> {
  for (;;) {
    const list = await findCurrentStatusList(db)
    if (list === undefined) {
      await openNextStatusList(db, { id: mintId('sl'), now })
      continue
    }
    if (randomInt(COUNTED_EVERY) === 0) await addStatusListEntries(db, list, COUNTED_EVERY)
    const candidates = Array.from({ length: CANDIDATES }, () => randomInt(STATUS_LIST_SIZE))
    const taken = await listAllocatedIndexes(db, list, candidates)
    const index = candidates.find((candidate) => !taken.has(candidate))
    if (index !== undefined) return { list, index }
  }
}
