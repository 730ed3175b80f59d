import { randomInt } from 'node:crypto'
import { type Seconds, STATUS_LIST_SIZE } from '@countersign/shared'
import { mintId } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import type { StatusReference } from './status-list.ts'
import { openNextStatusList, takePlace } from './status-list-store.ts'

/**
 * Gives a new authorization its index: in the current list, at random, so that neighbours in a list have nothing in
 * common (Token Status List §12.2). `insert` writes the row; it says false when another authorization has that index,
 * and is then asked again with another one. In one transaction with the row; resolves to what the row has.
 */
export async function assignStatus(
  db: Database,
  now: Seconds,
  insert: (status: StatusReference) => Promise<boolean>,
): Promise<StatusReference> {
  const list = await placeInCurrentList(db, now)
  for (;;) {
    const status = { list, index: randomInt(STATUS_LIST_SIZE) }
    if (await insert(status)) return status
  }
}

async function placeInCurrentList(db: Database, now: Seconds): Promise<string> {
  for (;;) {
    const list = await takePlace(db)
    if (list !== undefined) return list
    await openNextStatusList(db, { id: mintId('sl'), now })
  }
}
