import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { readTextFile, UnreadableTextError } from '@countersign/settings'
import type { DatabaseLocation } from '../storage/database.ts'
import { StartRefused } from '../storage/errors.ts'
import { makeFolder } from '../storage/sqlite-files.ts'

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
      const next = `${path}.next`
      throw new StartRefused(
        `The database ${location.path} is there, but its key-encryption secret ${path} is not. ` +
          'Put that file back, or set AUTH_KEY_ENCRYPTION_SECRET to what it held. ' +
          (existsSync(next)
            ? `If it is lost, \`auth keys revoke --all --lost-secret\` puts ${next} in its place, of an ` +
              'interrupted `auth keys re-encrypt`, and makes new keys only when that opens none.'
            : 'If it is lost, `auth keys revoke --all --lost-secret` makes another, and new keys.'),
      )
    }
    makeSecretFile(path)
  }

  return readSecretFile(path)
}

/**
 * The file of the next secret, when the change to it was interrupted: the keys may be encrypted under that one already.
 * `undefined` where a setting gives the secret, which no file can replace.
 */
export function nextSecretFile({
  database,
  keyEncryptionSecret,
}: {
  readonly database: DatabaseLocation
  readonly keyEncryptionSecret: Uint8Array | undefined
}): string | undefined {
  if (keyEncryptionSecret || database.kind !== 'sqlite') return undefined
  const { next } = secretPathsOf(database)
  return existsSync(next) ? next : undefined
}

/**
 * The secret in place of one that is lost: the next one when the change to it was interrupted, else a new one, beside a
 * database that may well be there. Throws `StartRefused` while the current and the next secret are both there: then the
 * keys may be under either.
 */
export function secretInPlaceOfLost(location: DatabaseLocation): Uint8Array {
  const { current, next } = secretPathsOf(location)
  if (!existsSync(current)) {
    if (existsSync(next)) adoptNextSecret(location)
    else makeSecretFile(current)
  } else if (existsSync(next)) {
    throw new StartRefused(
      `The secret is not lost as long as ${next} is there: \`auth keys re-encrypt\` was interrupted, and goes on when ` +
        'it is run again. Remove that file if neither opens the keys.',
    )
  }
  return readSecretFile(current)
}

function makeSecretFile(path: string): void {
  try {
    makeFolder(dirname(path))
    writeOnce(path, randomBytes(32).toString('base64url'), { mode: 0o600 })
  } catch (error) {
    throw new StartRefused(
      `AUTH_DATABASE_URL: the file ${path}, for the key-encryption secret, cannot be made: ${(error as Error).message}.`,
    )
  }
}

/**
 * The secret that shall take the place of the one beside the database: made in a file of its own, which is there before
 * anything is encrypted under it, and found again by whoever was interrupted. It has the owner and the mode of the old
 * one, or is refused: the server, which may be another user than whoever runs the command, must be able to read it.
 */
export function nextSecretBesideDatabase(location: DatabaseLocation): Uint8Array {
  const { current, next } = secretPathsOf(location)
  try {
    if (!existsSync(next)) writeOnce(next, randomBytes(32).toString('base64url'), statSync(current))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new StartRefused(
      `The file ${next}, for the new key-encryption secret, cannot be made with the owner and mode of ${current} (${code}): ` +
        'run this as the user that runs the server. Nothing has been changed.',
    )
  }
  return readSecretFile(next)
}

/**
 * Keeps the old secret under another name, for the backups that were made before; says under which. It is the same
 * file, with its owner and mode, until the new one takes its first name.
 */
export function keepOldSecret(location: DatabaseLocation, day: string): string {
  const { current } = secretPathsOf(location)
  for (let count = 1; ; count++) {
    const kept = `${current}.before-${day}${count === 1 ? '' : `-${count}`}`
    try {
      linkSync(current, kept)
      syncFolder(dirname(current))
      return kept
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw notInPlace(location, error)
      // Of whoever was interrupted right behind this; any other is of another change on this day.
      if (statSync(kept).ino === statSync(current).ino) return kept
    }
  }
}

/** Puts the next secret in the place of the old one, at once and whole. */
export function adoptNextSecret(location: DatabaseLocation): void {
  const { current, next } = secretPathsOf(location)
  try {
    renameSync(next, current)
    syncFolder(dirname(current))
  } catch (error) {
    throw notInPlace(location, error)
  }
}

function notInPlace(location: DatabaseLocation, error: unknown): StartRefused {
  const { current, next } = secretPathsOf(location)
  return new StartRefused(
    `The keys are encrypted under the secret in ${next}, which cannot take the place of ${current} ` +
      `(${(error as NodeJS.ErrnoException).code}): keep the old one for the backups made before, and put it there.`,
  )
}

function secretPathsOf(location: DatabaseLocation): { readonly current: string; readonly next: string } {
  if (location.kind !== 'sqlite') throw new Error('only a SQLite file has its secret beside it')
  return { current: `${location.path}.secret`, next: `${location.path}.secret.next` }
}

function readSecretFile(path: string): Uint8Array {
  const secret = Buffer.from(readText(path).trim(), 'base64url')
  if (secret.length === 32) return secret
  throw new StartRefused(
    `The file ${path} does not hold a key-encryption secret. Put back what it held. ` +
      'If that is lost, remove the file: `auth keys revoke --all --lost-secret` makes another, and new keys.',
  )
}

function readText(path: string): string {
  try {
    return readTextFile(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const because = error instanceof UnreadableTextError ? error.message : `cannot be read (${code})`
    throw new StartRefused(
      `The file ${path}, with the key-encryption secret of the database that AUTH_DATABASE_URL names, ${because}.`,
    )
  }
}

/** Whole or not at all, and never over another's: two processes may start at the same moment. */
function writeOnce(
  path: string,
  text: string,
  { mode, uid, gid }: Pick<Stats, 'mode'> & Partial<Pick<Stats, 'uid' | 'gid'>>,
): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = openSync(draft, 'wx', 0o600)
  try {
    try {
      writeSync(file, `${text}\n`)
      // The owner first: a change of it may take bits of the mode away.
      if (uid !== undefined && gid !== undefined) fchownSync(file, uid, gid)
      fchmodSync(file, mode & 0o777)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    linkSync(draft, path)
    syncFolder(dirname(path))
  } catch (error) {
    // The other process was faster: its secret is the one, and it is read below like any other.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
}

/** A name is on the disk when its folder is: before anything is encrypted under what it names. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
