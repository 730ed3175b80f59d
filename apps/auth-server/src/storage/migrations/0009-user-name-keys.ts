import type { Kysely } from 'kysely'

/** What a user name is told apart by; null where it has not been worked out yet, as for a user an old replica adds. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['letters_key', 'shapes_key']) {
    await db.schema.alterTable('users').addColumn(column, 'text').execute()
    await db.schema.createIndex(`users_${column}`).unique().on('users').column(column).execute()
  }
}
