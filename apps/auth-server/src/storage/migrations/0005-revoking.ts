import { type Kysely, sql } from 'kysely'

/**
 * What revoking many authorizations looks for, in order: those of a client or a subject that stand. And the revoked
 * indexes of a list, without those that stand. An older server finds what it looks for by them as well.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['client_id', 'subject']) {
    await db.schema
      .createIndex(`authorizations_standing_${column}`)
      .on('authorizations')
      .columns([column, 'id'])
      .where(sql.ref('ended_at'), 'is', null)
      .execute()
  }
  await db.schema
    .createIndex('authorizations_revoked')
    .on('authorizations')
    .columns(['status_list', 'status_index'])
    .where(sql.ref('ended_at'), 'is not', null)
    .execute()
  await db.schema.dropIndex('authorizations_status_ended').execute()
}
