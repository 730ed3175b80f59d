import { type Kysely, sql } from 'kysely'

/** What a client holds open for a user, found without those that can only run out. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('authorizations_open')
    .on('authorizations')
    .columns(['subject', 'client_id'])
    .where(sql.ref('refresh_expires_at'), 'is not', null)
    .execute()
}
