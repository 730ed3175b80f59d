import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { STATUS_LIST_CAPACITY, type StatusList } from './status-list.ts'

/** Takes one place in the current list and says which list that is; `undefined` when there is none with room. */
export async function takePlace(db: Database): Promise<string | undefined> {
  const row = await db
    .updateTable('status_lists')
    .set((list) => ({ entries: list('entries', '+', 1) }))
    .where('is_current', '=', 1)
    .where('entries', '<', STATUS_LIST_CAPACITY)
    .returning('id')
    .executeTakeFirst()
  return row?.id
}

/** Closes the current list if it is full, and opens a new one unless another process has just done so. */
export async function openNextStatusList(
  db: Database,
  next: { readonly id: string; readonly now: Seconds },
): Promise<void> {
  await db
    .updateTable('status_lists')
    .set({ is_current: null })
    .where('is_current', '=', 1)
    .where('entries', '>=', STATUS_LIST_CAPACITY)
    .execute()
  await db
    .insertInto('status_lists')
    .values({ id: next.id, is_current: 1, entries: 0, version: 1, changed_at: next.now })
    .onConflict((conflict) => conflict.column('is_current').doNothing())
    .execute()
}

/** The list with this id; `undefined` when there is none, or it was dropped. */
export async function findStatusList(db: Database, id: string): Promise<StatusList | undefined> {
  const row = await db
    .selectFrom('status_lists')
    .select(['id', 'version', 'changed_at'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row && { id: row.id, version: row.version, changedAt: row.changed_at }
}

/** The indexes in a list whose authorizations have ended. */
export async function listEndedIndexes(db: Database, list: string): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('authorizations')
    .select('status_index')
    .where('status_list', '=', list)
    .where('ended_at', 'is not', null)
    .execute()
  return rows.flatMap((row) => (row.status_index === null ? [] : [row.status_index]))
}

/**
 * Remembers that bits of these lists have changed. In the transaction that changes them: whoever sees the new version
 * sees the bits. Never earlier than the change before, whatever the clock of this replica says.
 */
export async function markStatusListsChanged(
  db: Database,
  lists: Iterable<string>,
  now: Seconds,
): Promise<void> {
  // One order for everybody, or two that change the same two lists could wait for one another.
  for (const id of [...new Set(lists)].sort()) {
    await db
      .updateTable('status_lists')
      .set((list) => ({
        version: list('version', '+', 1),
        changed_at: list.case().when('changed_at', '<', now).then(now).else(list.ref('changed_at')).end(),
      }))
      .where('id', '=', id)
      .execute()
  }
}

/** Says that a list is still what it was, for another lifetime. One of the replicas that try at once does it. */
export async function renewStatusList(db: Database, list: StatusList, now: Seconds): Promise<void> {
  await db
    .updateTable('status_lists')
    .set({ version: list.version + 1, changed_at: now })
    .where('id', '=', list.id)
    .where('version', '=', list.version)
    .where('changed_at', '<', now)
    .execute()
}

/** Drops the closed lists that no authorization has an index in: every token that named one has expired. Says how many. */
export async function dropEmptyStatusLists(db: Database): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('status_lists')
    .where('is_current', 'is', null)
    .where((list) =>
      list.not(
        list.exists(
          list
            .selectFrom('authorizations')
            .select('authorizations.id')
            .whereRef('authorizations.status_list', '=', 'status_lists.id'),
        ),
      ),
    )
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
