import { setImmediate as breathe } from 'node:timers/promises'
import { STATUS_LIST_SIZE } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { readSnapshot } from '../../storage/read-snapshot.ts'
import type { StatusList } from './status-list.ts'
import { findStatusList, listRevokedIndexes } from './status-list-store.ts'

/** How many indexes are read at once: SQLite and the event loop have a few milliseconds of work with them. */
const READ_AT_ONCE = 10_000

/** A list with its bits, which belong to exactly its version. */
export interface ReadStatusList extends StatusList {
  /** One bit for each index, least significant first (Token Status List §4.1). */
  readonly bytes: Uint8Array
}

/**
 * Reads a list and its bits as of one instant, however fast others revoke meanwhile, in pieces between which the process
 * does other work. `undefined` when there is no such list.
 */
export function readStatusList(db: Database, id: string): Promise<ReadStatusList | undefined> {
  return readSnapshot(db, async (snapshot) => {
    const list = await findStatusList(snapshot, id)
    if (!list) return undefined

    const bytes = new Uint8Array(STATUS_LIST_SIZE / 8)
    for (let after = -1; ; await breathe()) {
      const indexes = await listRevokedIndexes(snapshot, id, { after, limit: READ_AT_ONCE })
      for (const index of indexes) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7))
      const last = indexes.at(-1)
      if (last === undefined || indexes.length < READ_AT_ONCE) return { ...list, bytes }
      after = last
    }
  })
}
