import { type Kysely, sql } from 'kysely'

/** Refresh tokens, client authorizations, introspectors, and clients that prove themselves by key or rotate secrets. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('refresh_tokens')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('authorization_id', 'text', (column) => column.notNull())
    .addColumn('issued_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('consumed_at', 'bigint')
    .addColumn('successor_hash', 'text')
    .addColumn('sealed_successor', 'text')
    .execute()
  await index(db, 'refresh_tokens', 'authorization_id')
  await index(db, 'refresh_tokens', 'expires_at')

  await db.schema
    .createTable('client_assertions')
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('jti', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('client_assertions_pk', ['client_id', 'jti'])
    .execute()
  await index(db, 'client_assertions', 'expires_at')

  await db.schema.alterTable('authorizations').addColumn('refresh_expires_at', 'bigint').execute()
  await db.schema.alterTable('authorizations').addColumn('standing_for', 'text').execute()
  await db.schema
    .alterTable('authorizations')
    .addColumn('remembered_until', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute()
  await sql`update authorizations set remembered_until = tokens_expire_at`.execute(db)
  await db.schema
    .createIndex('authorizations_standing_for')
    .unique()
    .on('authorizations')
    .column('standing_for')
    .execute()
  await index(db, 'authorizations', 'subject')
  await index(db, 'authorizations', 'client_id')
  await index(db, 'authorizations', 'remembered_until')

  await db.schema
    .alterTable('resources')
    .addColumn('introspectors', 'text', (column) => column.notNull().defaultTo(''))
    .execute()
  await db.schema.alterTable('clients').addColumn('previous_secret_hash', 'text').execute()
  await db.schema.alterTable('clients').addColumn('previous_secret_until', 'bigint').execute()
  await db.schema.alterTable('clients').addColumn('jwks', 'text').execute()
}

function index(db: Kysely<unknown>, table: string, column: string): Promise<void> {
  return db.schema.createIndex(`${table}_${column}`).on(table).column(column).execute()
}
