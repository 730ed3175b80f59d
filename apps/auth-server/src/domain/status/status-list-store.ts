import type { Seconds } from '@countersign/shared'
import { sql } from 'kysely'
import type { Database } from '../../storage/database.ts'
import { inTransaction } from '../../storage/lock.ts'
import { isPostgres } from '../../storage/postgres-dialect.ts'
import { STATUS_LIST_CAPACITY, type StatusList } from './status-list.ts'

/** The id of the list that takes new authorizations; `undefined` when there is none with room. */
export async function findCurrentStatusList(db: Database): Promise<string | undefined> {
  const row = await db
    .selectFrom('status_lists')
    .select('id')
    .where('is_current', '=', 1)
    .where('entries', '<', STATUS_LIST_CAPACITY)
    .executeTakeFirst()
  return row?.id
}

/** Which of these indexes of a list belong to an authorization. */
export async function listAllocatedIndexes(
  db: Database,
  list: string,
  indexes: readonly number[],
): Promise<ReadonlySet<number | null>> {
  const rows = await db
    .selectFrom('authorizations')
    .select('status_index')
    .where('status_list', '=', list)
    .where('status_index', 'in', indexes)
    .execute()
  return new Set(rows.map((row) => row.status_index))
}

/** Counts allocated indexes of a list. Not in the transaction that opens an authorization: others would wait for it. */
export async function addStatusListEntries(db: Database, list: string, count: number): Promise<void> {
  await db
    .updateTable('status_lists')
    .set((row) => ({ entries: row('entries', '+', count) }))
    .where('id', '=', list)
    .execute()
}

/**
 * Keeps a list from being dropped until the transaction ends. Others may lock it in the same way, and its version may go up.
 * Called after the row that names the list is written. False when the list is gone.
 */
export async function lockStatusList(transaction: Database, id: string): Promise<boolean> {
  const list = transaction
    .selectFrom('status_lists')
    .select('id')
    .where('id', '=', id)
    .$if(isPostgres(transaction), (query) => query.forKeyShare())
  return (await list.executeTakeFirst()) !== undefined
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

/** Sixteen indexes of a list: bit n is set when the authorization with the index 16 × word + n is revoked. */
export interface StatusWord {
  readonly word: number
  readonly bits: number
}

/** The words of a range of a list in which an index is revoked. The database adds them up: a full list is a million rows. */
export function listRevokedWords(
  db: Database,
  list: string,
  indexes: { readonly from: number; readonly to: number },
): Promise<readonly StatusWord[]> {
  const word = sql<number>`status_index / 16`
  return db
    .selectFrom('authorizations')
    .select([word.as('word'), sql<number>`sum(1 << (status_index % 16))`.as('bits')])
    .where('status_list', '=', list)
    .where('status_index', '>=', indexes.from)
    .where('status_index', '<', indexes.to)
    .where('ended_at', 'is not', null)
    .groupBy(word)
    .execute()
}

/**
 * Remembers that bits of these lists have changed. Called in the transaction that changes them, and last, so that the rows
 * are locked for a moment only and the new version is seen together with the bits. A list is never dated back; a date in
 * the future is replaced when the list is signed.
 */
export async function markStatusListsChanged(
  db: Database,
  lists: Iterable<string>,
  now: Seconds,
): Promise<void> {
  // Sorted: two transactions that change the same two lists could otherwise wait for one another.
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

/** Gives a list a new version, dated now, with the same bits. Of several replicas that try at once, one does it. */
export async function renewStatusList(db: Database, list: StatusList, now: Seconds): Promise<void> {
  await db
    .updateTable('status_lists')
    .set({ version: list.version + 1, changed_at: now })
    .where('id', '=', list.id)
    .where('version', '=', list.version)
    .execute()
}

/** Drops the closed lists without an authorization; says how many. Every token that names one has expired. */
export function dropEmptyStatusLists(db: Database): Promise<number> {
  return inTransaction(db, async (transaction) => {
    const empty = await emptyStatusLists(transaction)
      .select('id')
      .orderBy('id')
      .$if(isPostgres(transaction), (query) => query.forUpdate())
      .execute()
    if (empty.length === 0) return 0

    // An authorization that was being opened in such a list is committed by now, or finds the list gone. So look again.
    const ids = empty.map((list) => list.id)
    const stillEmpty = await emptyStatusLists(transaction).select('id').where('id', 'in', ids).execute()
    if (stillEmpty.length === 0) return 0
    const { numDeletedRows } = await transaction
      .deleteFrom('status_lists')
      .where(
        'id',
        'in',
        stillEmpty.map((list) => list.id),
      )
      .executeTakeFirstOrThrow()
    return Number(numDeletedRows)
  })
}

function emptyStatusLists(transaction: Database) {
  return transaction
    .selectFrom('status_lists')
    .where('is_current', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('authorizations')
            .select('authorizations.id')
            .whereRef('authorizations.status_list', '=', 'status_lists.id'),
        ),
      ),
    )
}
