import { type Migration, Migrator } from 'kysely/migration'
import type { Database } from './database.ts'
import { up as initial } from './migrations/0001-initial.ts'
import { StartRefused } from './start-refused.ts'

/** Every migration there is, by name, in order. A new one is a new line and a new file; an old one never changes. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial': { up: initial },
}

/**
 * Brings the schema to what this code knows. All pending migrations run in one transaction, so a failed start leaves
 * the database as it was; a second process waits for the first. Throws `StartRefused` when the database is newer.
 */
export async function migrate(db: Database): Promise<void> {
  await refuseNewerDatabase(db)
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}

/** Throws `StartRefused` when the database has seen a migration this code does not know. Changes nothing. */
export async function refuseNewerDatabase(db: Database): Promise<void> {
  const unknown = (await appliedMigrations(db)).filter((name) => !(name in MIGRATIONS))
  if (unknown.length > 0) {
    throw new StartRefused(
      `The database is newer than this server: it has had ${unknown.join(', ')}. Start a newer version of the server.`,
    )
  }
}

/** The names of the migrations a database has had, oldest first; none when it is empty. */
export async function appliedMigrations(db: Database): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration')) return []

  const rows = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .orderBy('name')
    .execute()
  return rows.map((row) => row.name)
}
