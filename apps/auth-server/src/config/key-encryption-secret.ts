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
 * The key-encryption secret when no setting gives one. It is in a file beside the SQLite database, mode 0600, which is
 * made the first time. Throws `StartRefused` when the database exists and its secret does not: a new secret could
 * decrypt nothing.
 */
export function secretBesideDatabase(location: DatabaseLocation): Uint8Array {
  if (location.kind === 'memory') return randomBytes(32)
  if (location.kind === 'postgres') throw new Error('with PostgreSQL the settings must give the secret')

  const path = `${location.path}.secret`
  // The order matters: another process that starts at the same moment makes the secret first, then the database.
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
 * The file of the next secret, when the change to it was interrupted. The keys may already be encrypted under that
 * secret. `undefined` where a setting gives the secret, because no file can replace that one.
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
 * The secret that replaces a lost one: the next secret when the change to it was interrupted, otherwise a new one. The
 * database may already exist. Throws `StartRefused` when both the current and the next secret exist, because the keys
 * may be encrypted under either.
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
 * The secret that will replace the one beside the database. It is in a file of its own, which exists before anything is
 * encrypted under it. After an interruption, the same file is used again. It gets the owner and the mode of the old
 * file, and is refused if that fails: the server must be able to read it, and may run as another user than the command
 * does.
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
 * Keeps the old secret under another name, for the backups that were made before, and returns that name. Both names are
 * the same file, with the same owner and mode, until the new secret takes the first name.
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
      // The same file: a change that was interrupted right after this step made it. A different file is from another
      // change on the same day.
      if (statSync(kept).ino === statSync(current).ino) return kept
    }
  }
}

/** Replaces the old secret by the next one, in one atomic step. */
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

/** Writes the whole file or nothing, and never overwrites the file of another process: two may start at the same moment. */
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
      // The owner is set first, because changing the owner may clear bits of the mode.
      if (uid !== undefined && gid !== undefined) fchownSync(file, uid, gid)
      fchmodSync(file, mode & 0o777)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    linkSync(draft, path)
    syncFolder(dirname(path))
  } catch (error) {
    // The other process was faster. Its secret is the one to use, and is read below as usual.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
}

/**
 * A file name is on the disk once its folder is synced. This must be so before anything is encrypted under that file's
 * secret.
 */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
