import type { Kysely } from 'kysely'

/**
 * What signing in needs to know of users, clients and resources. The defaults keep what older replicas add whole, and they
 * leave these columns alone where they change a row.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const texts = [
    ['users', 'claims', '{}'],
    ['users', 'roles', '[]'],
    ['users', 'groups', '[]'],
    ['clients', 'redirect_uris', ''],
    ['clients', 'post_logout_redirect_uris', ''],
    ['resources', 'descriptions', '{}'],
  ] as const
  for (const [table, column, otherwise] of texts) {
    await db.schema
      .alterTable(table)
      .addColumn(column, 'text', (definition) => definition.notNull().defaultTo(otherwise))
      .execute()
  }
  for (const column of ['name', 'logo_uri', 'backchannel_logout_uri']) {
    await db.schema.alterTable('clients').addColumn(column, 'text').execute()
  }
  await db.schema
    .alterTable('clients')
    .addColumn('first_party', 'integer', (definition) => definition.notNull().defaultTo(0))
    .execute()
  await db.schema.alterTable('users').addColumn('claims_updated_at', 'bigint').execute()
}
