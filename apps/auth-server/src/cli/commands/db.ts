import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Config } from '../../config/config.ts'
import { secretBesideDatabase } from '../../config/key-encryption-secret.ts'
import { backUpSqlite } from '../../storage/back-up-sqlite.ts'
import { appliedMigrations, migrate, pendingMigrations, refuseNewerDatabase } from '../../storage/migrate.ts'
import { addCommand } from '../command.ts'
import {
  nameOf,
  outdated,
  readSettings,
  refuseAbsentDatabase,
  refuseMemory,
  refuseOtherSecret,
  withDatabase,
  withOpenDatabase,
} from '../open-database.ts'
import { Refusal } from '../output/refusal.ts'
import { type OutputOptions, show, type Terminal } from '../output/terminal.ts'

/** `auth db …`: the database itself. */
export function addCommands(db: Command, terminal: Terminal): void {
  addCommand(db, {
    usage: 'migrate',
    summary: 'Make the database, or bring it to what this version knows, as a start of the server does',
    example: 'auth db migrate',
  }).action((options: OutputOptions) => migrateDatabase(terminal, options))
  addCommand(db, {
    usage: 'status',
    summary: 'Say where the database is and whether this version can use it',
    example: 'auth db status',
  }).action((options: OutputOptions) => showStatus(terminal, options))
  addCommand(db, {
    usage: 'backup <file>',
    summary: 'Copy a SQLite database to a new file, while the server runs',
    example: 'auth db backup /backup/auth-2026-01-31.db',
  }).action((file: string, options: OutputOptions) => backUpDatabase(terminal, file, options))
}

async function migrateDatabase(terminal: Terminal, options: OutputOptions): Promise<void> {
  const config = await readSettings(terminal)
  refuseMemory(config.database)
  await makeSecretFirst(config)
  await withOpenDatabase(config, async ({ db }) => {
    await refuseOtherSecret(db, config)
    const before = await appliedMigrations(db)
    await migrate(db)
    const applied = (await appliedMigrations(db)).filter((name) => !before.includes(name))
    show(terminal, options, {
      json: { database: nameOf(config.database), applied },
      text:
        applied.length === 0
          ? `The database ${nameOf(config.database)} is up to date.`
          : `The database ${nameOf(config.database)} is ${before.length === 0 ? 'made' : 'migrated'}: ${applied.join(', ')}.`,
    })
  })
}

/** Makes the secret before the database, as the server does: a database without its secret is refused afterwards. */
async function makeSecretFirst({ keyEncryptionSecret, database }: Config): Promise<void> {
  if (keyEncryptionSecret) return
  secretBesideDatabase(database)
}

async function showStatus(terminal: Terminal, options: OutputOptions): Promise<void> {
  const config = await readSettings(terminal)
  refuseAbsentDatabase(config.database)
  await withOpenDatabase(config, async ({ db }) => {
    await refuseNewerDatabase(db)
    const { keys } = await refuseOtherSecret(db, config)
    const [applied, pending] = [await appliedMigrations(db), await pendingMigrations(db)]
    show(terminal, options, {
      json: { database: nameOf(config.database), applied, pending, signing_keys: keys },
      text: [
        ['database', nameOf(config.database)],
        ['migrations', applied.join(' ') || 'none'],
        ['not yet', pending.join(' ') || 'none'],
        ['signing keys', keys === 0 ? 'none yet' : `${keys}, and the key-encryption secret opens them`],
      ],
    })
    if (pending.length > 0) throw outdated(config.database, pending)
  })
}

async function backUpDatabase(terminal: Terminal, file: string, options: OutputOptions): Promise<void> {
  await withDatabase(terminal, async ({ db, config }) => {
    const { database, keyEncryptionSecret } = config
    if (database.kind !== 'sqlite') {
      throw new Refusal('Only a SQLite database is copied by this command: for PostgreSQL, use pg_dump.')
    }
    const path = resolve(file)
    const outcome = await backUpSqlite(db, path)
    if (outcome.kind === 'refused') throw new Refusal(`The file ${path} ${outcome.because}.`)

    const secret = keyEncryptionSecret ? 'AUTH_KEY_ENCRYPTION_SECRET' : `${database.path}.secret`
    show(terminal, options, {
      json: { file: path, bytes: outcome.bytes, key_encryption_secret: secret },
      text:
        `The database is copied to ${path} (${outcome.bytes} bytes). The key-encryption secret is not in it: ` +
        `keep ${secret} as well, in another place, or its signing keys are lost.`,
    })
  })
}
