import { readdirSync, statSync } from 'node:fs'
import { platform } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { DatabaseLocation } from './database.ts'
import { isOnThisMachine } from './postgres-location.ts'

/** Read or written by the group or by everybody. */
const BY_OTHERS = 0o077

/** Written by everybody, without the sticky bit: whoever may write to a folder may replace what is in it. */
const WRITTEN_BY_ALL = 0o002
const STICKY = 0o1000

/**
 * Says to whom a database is open besides its owner, one sentence each that ends with what to do. For the log, not for a
 * refusal: a volume of a container often belongs to a group, and a restored backup must start.
 */
export function exposuresOf(location: DatabaseLocation): readonly string[] {
  switch (location.kind) {
    case 'memory':
      return []
    case 'sqlite':
      return platform() === 'win32' ? [] : exposuresOfFiles(location.path)
    case 'postgres':
      return location.tls.kind === 'off' && !isOnThisMachine(location.host)
        ? [
            `AUTH_DATABASE_URL has sslmode=disable: everything in the database goes to ${location.host} for anybody on the way to read and to change. Use sslmode=require.`,
          ]
        : []
    default:
      return location satisfies never
  }
}

function exposuresOfFiles(path: string): readonly string[] {
  const exposures: string[] = []
  for (const [file, what] of [
    ...oldSecretsBeside(path).map((old) => [old, 'an old key-encryption secret'] as const),
    [`${path}.secret`, 'the key-encryption secret'],
    [`${path}.secret.next`, 'the next key-encryption secret'],
    [path, 'the database, with its password hashes,'],
  ] as const) {
    if (modeOf(file) & BY_OTHERS) {
      exposures.push(`The file ${file} opens ${what} to others than its owner: chmod 600 ${file}`)
    }
  }
  const folder = dirname(path)
  if ((modeOf(folder) & (WRITTEN_BY_ALL | STICKY)) === WRITTEN_BY_ALL) {
    exposures.push(
      `The folder ${folder} may be written to by everybody, who could replace the database: chmod 700 ${folder}`,
    )
  }
  return exposures
}

/** Those that `auth keys re-encrypt` has left for older backups. */
function oldSecretsBeside(path: string): readonly string[] {
  const folder = dirname(path)
  const beginning = `${basename(path)}.secret.before-`
  try {
    const names = readdirSync(folder)
    return names.filter((name) => name.startsWith(beginning)).map((name) => join(folder, name))
  } catch {
    // A folder that its files can be used in, but that may not be listed: others cannot list it either.
    return []
  }
}

/** Nothing for what is not there. */
function modeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mode ?? 0
}
