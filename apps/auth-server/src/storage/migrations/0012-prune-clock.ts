import { type Kysely, sql } from 'kysely'

/**
 * The instant that pruning has come to. In a database that knows authorizations already it begins with the newest of
 * them: the clock of whoever migrates may be wrong. An older server beside this one neither reads nor writes it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('prune_clock')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('instant', 'bigint', (column) => column.notNull())
    .execute()
  await sql`
    insert into prune_clock (id, instant) select 1, created_at from authorizations order by created_at desc limit 1
  `.execute(db)
}
