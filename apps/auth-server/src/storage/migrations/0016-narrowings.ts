import type { Kysely } from 'kysely'

/** What a start has narrowed and not yet revoked everything of. An older server beside this one neither reads nor writes it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('narrowings')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('narrowings_pk', ['kind', 'name'])
    .execute()
}
