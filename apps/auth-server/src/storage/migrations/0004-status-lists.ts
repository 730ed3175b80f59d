import type { Kysely } from 'kysely'

/** Status lists, and the index each authorization has in one. Older authorizations have none, and their tokens no status. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('status_lists')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('is_current', 'integer', (column) => column.unique())
    .addColumn('entries', 'integer', (column) => column.notNull())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .execute()

  await db.schema.alterTable('authorizations').addColumn('status_list', 'text').execute()
  await db.schema.alterTable('authorizations').addColumn('status_index', 'integer').execute()
  await db.schema
    .createIndex('authorizations_status_index')
    .unique()
    .on('authorizations')
    .columns(['status_list', 'status_index'])
    .execute()
  await db.schema
    .createIndex('authorizations_status_ended')
    .on('authorizations')
    .columns(['status_list', 'ended_at'])
    .execute()
}
