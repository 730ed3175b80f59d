import type { Seconds } from '@countersign/shared'
import type { Database } from './database.ts'

/** The instant that pruning has come to, for all replicas; `undefined` in a database where nothing was ever pruned. */
export async function findPruneInstant(db: Database): Promise<Seconds | undefined> {
  const row = await db.selectFrom('prune_clock').select('instant').executeTakeFirst()
  return row?.instant
}

/** Remembers it. */
export async function savePruneInstant(db: Database, instant: Seconds): Promise<void> {
  await db
    .insertInto('prune_clock')
    .values({ id: 1, instant })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ instant }))
    .execute()
}
