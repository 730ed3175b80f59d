import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseLocation } from './storage/database.ts'
import { StartRefused } from './storage/start-refused.ts'

/**
 * The key-encryption secret when no setting gives one: kept in a file beside the SQLite database, mode 0600, and made
 * the first time. Throws `StartRefused` when the database is there and its secret is not: a new one could read nothing.
 */
export function secretBesideDatabase(location: DatabaseLocation): Uint8Array {
  if (location.kind === 'memory') return randomBytes(32)

  const path = `${location.path}.secret`
  // In this order: another process that starts at the same moment makes the secret first, then the database.
  const databaseExists = existsSync(location.path)
  if (!existsSync(path)) {
    if (databaseExists) {
      throw new StartRefused(
        `The database ${location.path} is there, but its key-encryption secret ${path} is not. ` +
          'Put that file back, or set AUTH_KEY_ENCRYPTION_SECRET to what it held.',
      )
    }
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeOnce(path, randomBytes(32).toString('base64url'))
  }

  const secret = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url')
  if (secret.length !== 32) {
    throw new StartRefused(`The file ${path} does not hold a key-encryption secret. Put back what it held.`)
  }
  return secret
}

/** Whole or not at all, and never over another's: two processes may start at the same moment. */
function writeOnce(path: string, text: string): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = openSync(draft, 'wx', 0o600)
  writeSync(file, `${text}\n`)
  fsyncSync(file)
  closeSync(file)
  try {
    linkSync(draft, path)
  } catch (error) {
    // The other process was faster: its secret is the one, and it is read below like any other.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
}
