import type { Kysely } from 'kysely'

/** What an operator sees of sign-ins; null for what was not seen yet, and what an old replica does not write. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['last_sign_in_at', 'sign_in_delayed_until', 'sign_in_unlocked_at']) {
    await db.schema.alterTable('users').addColumn(column, 'bigint').execute()
  }
}
