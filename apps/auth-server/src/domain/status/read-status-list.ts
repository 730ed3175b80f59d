import { setImmediate as yieldToOthers } from 'node:timers/promises'
import { STATUS_LIST_SIZE } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { readSnapshot } from '../../storage/read-snapshot.ts'
import type { StatusList } from './status-list.ts'
import { findStatusList, listRevokedWords } from './status-list-store.ts'

/** How many indexes are read at once. Where all are revoked, SQLite keeps the event loop busy for about 20 ms. */
const INDEXES_PER_READ = 65_536

/** A list with its bits, which belong to exactly its version. */
export interface ReadStatusList extends StatusList {
  /** One bit for each index, least significant first (Token Status List §4.1). */
  readonly bytes: Uint8Array
}

/**
 * Reads a list and its bits as of one instant, in pieces, between which the process does other work. `undefined` when there
 * is no such list.
 */
export function readStatusList(db: Database, id: string): Promise<ReadStatusList | undefined> {
  return readSnapshot(db, async (snapshot) => {
    const list = await findStatusList(snapshot, id)
    if (!list) return undefined

    const bytes = new Uint8Array(STATUS_LIST_SIZE / 8)
    for (let from = 0; from < STATUS_LIST_SIZE; from += INDEXES_PER_READ) {
      for (const { word, bits } of await listRevokedWords(snapshot, id, {
        from,
        to: from + INDEXES_PER_READ,
      })) {
        bytes[2 * word] = bits & 0xff
        bytes[2 * word + 1] = bits >> 8
      }
      await yieldToOthers()
    }
    return { ...list, bytes }
  })
}
