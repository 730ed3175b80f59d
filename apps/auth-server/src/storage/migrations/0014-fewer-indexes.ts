import { type Kysely, sql } from 'kysely'
import { isPostgres } from '../postgres-dialect.ts'

/**
 * Fewer indexes that every authorization moves when it is opened and when it is revoked: many are revoked in the order
 * in which they lie (SQLite) or in order of id (PostgreSQL), those that stand or not, and what is open is counted by an
 * index of what is open. An older server beside this one finds what it looks for by the others.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['client_id', 'subject']) {
    // SQLite's indexes are in order of the row's place already, where their column is the same.
    if (isPostgres(db)) {
      await db.schema
        .createIndex(`authorizations_${column}_in_order`)
        .on('authorizations')
        .columns([column, 'id'])
        .execute()
      await db.schema.dropIndex(`authorizations_${column}`).execute()
    }
    await db.schema.dropIndex(`authorizations_standing_${column}`).execute()
  }
  await db.schema
    .createIndex('authorizations_standing')
    .on('authorizations')
    .columns(['subject', 'client_id'])
    .where(sql.ref('standing_for'), 'is not', null)
    .execute()
  await db.schema.dropIndex('authorizations_least_recently_used').execute()
}
