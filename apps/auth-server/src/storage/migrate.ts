import { type Migration, Migrator } from 'kysely/migration'
import type { Database } from './database.ts'
import { StartRefused } from './errors.ts'
import { withLock } from './lock.ts'
import { up as initial } from './migrations/0001-initial.ts'
import { up as everyClient } from './migrations/0002-every-client.ts'
import { up as keyRotation } from './migrations/0003-key-rotation.ts'
import { up as statusLists } from './migrations/0004-status-lists.ts'
import { up as revoking } from './migrations/0005-revoking.ts'
import { up as refreshChains } from './migrations/0006-refresh-chains.ts'
import { up as familiarNetworks } from './migrations/0007-familiar-networks.ts'
import { up as userNameKeys } from './migrations/0009-user-name-keys.ts'
import { up as tokenTypes } from './migrations/0010-token-types.ts'
import { up as pruneClock } from './migrations/0012-prune-clock.ts'
import { up as openAuthorizations } from './migrations/0013-open-authorizations.ts'
import { up as fewerIndexes } from './migrations/0014-fewer-indexes.ts'
import { up as signIns } from './migrations/0015-sign-ins.ts'
import { up as narrowings } from './migrations/0016-narrowings.ts'
import { up as registeredForSignIn } from './migrations/0017-registered-for-sign-in.ts'

/** Every migration there is, by name, in order. A new one is a new line and a new file; an old one never changes. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial': { up: initial },
  '0002-every-client': { up: everyClient },
  '0003-key-rotation': { up: keyRotation },
  '0004-status-lists': { up: statusLists },
  '0005-revoking': { up: revoking },
  '0006-refresh-chains': { up: refreshChains },
  '0007-familiar-networks': { up: familiarNetworks },
  '0009-user-name-keys': { up: userNameKeys },
  '0010-token-types': { up: tokenTypes },
  '0012-prune-clock': { up: pruneClock },
  '0013-open-authorizations': { up: openAuthorizations },
  '0014-fewer-indexes': { up: fewerIndexes },
  '0015-sign-ins': { up: signIns },
  '0016-narrowings': { up: narrowings },
  '0017-registered-for-sign-in': { up: registeredForSignIn },
}

/**
 * Brings the schema to what this code knows. All pending migrations run in one transaction, so a failed start leaves
 * the database as it was; a second process waits for the first. Throws `StartRefused` when the database is newer.
 */
export async function migrate(db: Database): Promise<void> {
  await withLock(db, 'migrate', async (transaction) => {
    await refuseNewerDatabase(transaction)
    const provider = { getMigrations: async () => ({ ...MIGRATIONS }) }
    const { error } = await new Migrator({ db: transaction, provider }).migrateToLatest()
    if (error) throw error
  })
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

/** The names of the migrations a database has not had yet, oldest first. */
export async function pendingMigrations(db: Database): Promise<readonly string[]> {
  const applied = await appliedMigrations(db)
  return Object.keys(MIGRATIONS).filter((name) => !applied.includes(name))
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
