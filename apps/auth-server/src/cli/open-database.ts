import { existsSync } from 'node:fs'
import { readEnvironment } from '@countersign/settings'
import { type Clock, systemClock } from '@countersign/shared'
import { type Config, readConfig } from '../config/config.ts'
import { nextSecretFile, secretBesideDatabase } from '../config/key-encryption-secret.ts'
import { createKeyEncryption } from '../domain/keys/key-encryption.ts'
import { refuseWrongSecret } from '../domain/keys/key-ring.ts'
import { listSigningKeys } from '../domain/keys/key-store.ts'
import { type SortedKeys, sortKeys } from '../domain/keys/prove-keys.ts'
import { type Database, type DatabaseLocation, openDatabase } from '../storage/database.ts'
import { appliedMigrations, pendingMigrations, refuseNewerDatabase } from '../storage/migrate.ts'
import { Refusal } from './output/refusal.ts'
import type { Terminal } from './output/terminal.ts'

/** What most commands need. */
export interface Opened {
  readonly db: Database
  readonly config: Config
  readonly now: Clock
}

/** Reads the settings as the server does: from the environment variables and the `.env` file. Throws `ConfigError`. */
export async function readSettings({ env }: Terminal): Promise<Config> {
  return readConfig(readEnvironment(env, import.meta.dirname))
}

/**
 * Opens the database, does the work and closes the database. Refuses a database that does not exist or does not fit
 * this code.
 */
export async function withDatabase<T>(terminal: Terminal, work: (opened: Opened) => Promise<T>): Promise<T> {
  const config = await readSettings(terminal)
  refuseAbsentDatabase(config.database)
  return withOpenDatabase(config, async (opened) => {
    await refuseNewerDatabase(opened.db)
    const pending = await pendingMigrations(opened.db)
    if (pending.length > 0) throw outdated(config.database, pending)
    return work(opened)
  })
}

/** The same, whatever state the database is in. A database that does not exist is made. */
export async function withOpenDatabase<T>(config: Config, work: (opened: Opened) => Promise<T>): Promise<T> {
  const db = openDatabase(config.database)
  try {
    return await work({ db, config, now: systemClock })
  } finally {
    await db.destroy()
  }
}

/** Refuses a database that does not exist: a typo in the setting must not make an empty one beside the real one. */
export function refuseAbsentDatabase(location: DatabaseLocation): void {
  refuseMemory(location)
  if (location.kind !== 'sqlite' || existsSync(location.path)) return
  throw new Refusal(
    `There is no database at ${location.path}: is AUTH_DATABASE_URL right? \`auth db migrate\` makes one there.`,
  )
}

/** Refuses `sqlite::memory:`, which is inside the server's process. */
export function refuseMemory(location: DatabaseLocation): void {
  if (location.kind !== 'memory') return
  throw new Refusal(
    'AUTH_DATABASE_URL names a database in memory, which only the server itself can reach: set it to a file.',
  )
}

/** The refusal of a database that lacks migrations of this code. */
export function outdated(location: DatabaseLocation, pending: readonly string[]): Refusal {
  return new Refusal(
    `The database ${nameOf(location)} has not had ${pending.join(', ')}: run \`auth db migrate\` first.`,
  )
}

/** A database in words, never with a password. */
export function nameOf(location: DatabaseLocation): string {
  switch (location.kind) {
    case 'memory':
      return 'in memory'
    case 'sqlite':
      return location.path
    case 'postgres':
      return `${location.database} at ${location.host}:${location.port}`
    default:
      return location satisfies never
  }
}

/** The keys that a secret opens, and the rows that are not keys of this server. */
export interface OpenedKeys extends Pick<SortedKeys, 'proven' | 'refused'> {
  readonly keys: number
}

/**
 * Throws `StartRefused`, in the server's words, when the key-encryption secret does not belong to this database.
 * Returns the keys that it opens.
 */
export async function refuseOtherSecret(db: Database, config: Config): Promise<OpenedKeys> {
  const secret = config.keyEncryptionSecret ?? secretBesideDatabase(config.database)
  const encryption = createKeyEncryption(secret)
  await refuseWrongSecret(db, encryption, nextSecretFile(config))
  const empty = (await appliedMigrations(db)).length === 0
  const { proven, refused } = await sortKeys(encryption, empty ? [] : await listSigningKeys(db))
  return { keys: proven.length, proven, refused }
}
