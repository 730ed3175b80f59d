import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseLocation } from './storage/database.ts'
import { makeFolder } from './storage/make-folder.ts'
import { StartRefused } from './storage/start-refused.ts'

/**
 * The key-encryption secret when no setting gives one: kept in a file beside the SQLite database, mode 0600, and made
 * the first time. Throws `StartRefused` when the database is there and its secret is not: a new one could read nothing.
 */
export function secretBesideDatabase(location: DatabaseLocation): Uint8Array {
  if (location.kind === 'memory') return randomBytes(32)
  if (location.kind === 'postgres') throw new Error('with PostgreSQL the settings must give the secret')

  const path = `${location.path}.secret`
  // In this order: another process that starts at the same moment makes the secret first, then the database.
  const databaseExists = existsSync(location.path)
  if (!existsSync(path)) {
    if (databaseExists) {
      throw new StartRefused(
        `The database ${location.path} is there, but its key-encryption secret ${path} is not. ` +
          'Put that file back, or set AUTH_KEY_ENCRYPTION_SECRET to what it held. ' +
          'If it is lost, `auth keys revoke --all --lost-secret` makes another, and new keys.',
      )
    }
    makeSecretFile(path)
  }

  return readSecretFile(path)
}

/** The secret in place of one that is lost: made when there is none, beside a database that may well be there. */
export function secretInPlaceOfLost(location: DatabaseLocation): Uint8Array {
  const { current } = secretPathsOf(location)
  if (!existsSync(current)) makeSecretFile(current)
  return readSecretFile(current)
}

function makeSecretFile(path: string): void {
  try {
    makeFolder(dirname(path))
    writeOnce(path, randomBytes(32).toString('base64url'))
  } catch (error) {
    throw new StartRefused(
      `AUTH_DATABASE_URL: the file ${path}, for the key-encryption secret, cannot be made: ${(error as Error).message}.`,
    )
  }
}

/**
 * The secret that shall take the place of the one beside the database: made in a file of its own, which is there before
 * anything is encrypted under it, and found again by whoever was interrupted.
 */
export function nextSecretBesideDatabase(location: DatabaseLocation): Uint8Array {
  const { next } = secretPathsOf(location)
  if (!existsSync(next)) writeOnce(next, randomBytes(32).toString('base64url'))
  return readSecretFile(next)
}

/** Puts that secret in the place of the old one, at once and whole. */
export function adoptNextSecret(location: DatabaseLocation): void {
  const { current, next } = secretPathsOf(location)
  renameSync(next, current)
}

function secretPathsOf(location: DatabaseLocation): { readonly current: string; readonly next: string } {
  if (location.kind !== 'sqlite') throw new Error('only a SQLite file has its secret beside it')
  return { current: `${location.path}.secret`, next: `${location.path}.secret.next` }
}

function readSecretFile(path: string): Uint8Array {
  const secret = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url')
  if (secret.length === 32) return secret
  throw new StartRefused(
    `The file ${path} does not hold a key-encryption secret. Put back what it held. ` +
      'If that is lost, remove the file: `auth keys revoke --all --lost-secret` makes another, and new keys.',
  )
}

/** Whole or not at all, and never over another's: two processes may start at the same moment. */
function writeOnce(path: string, text: string): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = openSync(draft, 'wx', 0o600)
  try {
    try {
      writeSync(file, `${text}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    linkSync(draft, path)
  } catch (error) {
    // The other process was faster: its secret is the one, and it is read below like any other.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
}
