import type { Kysely } from 'kysely'

/** How the access tokens for a resource are typed; a default keeps what older replicas add as it was. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('resources')
    .addColumn('token_type', 'text', (column) => column.notNull().defaultTo('at+jwt'))
    .execute()
}
