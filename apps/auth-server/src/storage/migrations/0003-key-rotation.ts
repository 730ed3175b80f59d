import { type Kysely, sql } from 'kysely'

/** When a published key begins to sign, and that one key signs at a time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('signing_keys')
    .addColumn('signs_from', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute()
  await sql`update signing_keys set signs_from = coalesce(activated_at, published_at)`.execute(db)

  await db.schema
    .createIndex('signing_keys_active')
    .unique()
    .on('signing_keys')
    .column('algorithm')
    .where(sql.ref('activated_at'), 'is not', null)
    .where(sql.ref('retired_at'), 'is', null)
    .execute()
}
