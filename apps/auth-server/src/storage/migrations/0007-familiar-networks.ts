import type { Kysely } from 'kysely'

/** From where users and clients have authenticated. An older server beside this one neither reads nor writes it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('familiar_networks')
    .addColumn('subject_hash', 'text', (column) => column.notNull())
    .addColumn('slot', 'integer', (column) => column.notNull())
    .addColumn('network_hash', 'text', (column) => column.notNull())
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('familiar_networks_pk', ['subject_hash', 'slot'])
    .execute()
  await db.schema.createIndex('familiar_networks_seen').on('familiar_networks').column('seen_at').execute()
}
