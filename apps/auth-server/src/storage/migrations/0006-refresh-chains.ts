import { type Kysely, sql } from 'kysely'

/**
 * The key that knows the tokens of a chain again, the row that may be forgotten with a token, and an index of what
 * stands for a client and a user. Older servers write nulls and read none of it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('refresh_tokens').addColumn('chain_key', 'text').execute()
  await db.schema.alterTable('refresh_tokens').addColumn('predecessor_hash', 'text').execute()

  await db.schema
    .createIndex('authorizations_least_recently_used')
    .on('authorizations')
    .columns(['subject', 'client_id', 'tokens_expire_at'])
    .where(sql.ref('ended_at'), 'is', null)
    .execute()
}
