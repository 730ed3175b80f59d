import { closeSync, fsyncSync, openSync, rmSync, statSync } from 'node:fs'
import { sql } from 'kysely'
import type { Database } from './database.ts'

/** A copy, or the end of a sentence that says why there is none; then the file is as it was. */
export type BackUp =
  | { readonly kind: 'copied'; readonly bytes: number }
  | { readonly kind: 'refused'; readonly because: string }

const REFUSALS: Readonly<Record<string, string>> = {
  EEXIST: 'is there already, and is not overwritten: name another',
  ENOENT: 'cannot be made: its folder is not there',
  EACCES: 'cannot be made: its folder may not be written to',
  EPERM: 'cannot be made: its folder may not be written to',
  ENOTDIR: 'cannot be made: a part of its path is a file, not a folder',
  ENAMETOOLONG: 'cannot be made: its name is too long',
  ENOSPC: 'cannot be made: the disk is full',
  EROFS: 'cannot be made: it would be on a file system that is read-only',
}

/** Copies an open SQLite database, as it is at one instant, into a new file for its owner alone. Writers go on meanwhile. */
export async function backUpSqlite(db: Database, path: string): Promise<BackUp> {
  const made = makePrivateFile(path)
  if (made !== undefined) return { kind: 'refused', because: made }
  try {
    await sql`vacuum into ${path}`.execute(db)
    syncToDisk(path)
  } catch (error) {
    // An incomplete copy must not be taken for a backup.
    rmSync(path)
    throw error
  }
  return { kind: 'copied', bytes: statSync(path).size }
}

/** SQLite fills an empty file and keeps its mode; one it made itself would be for everyone to read. */
function makePrivateFile(path: string): string | undefined {
  try {
    closeSync(openSync(path, 'wx', 0o600))
    return undefined
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    return REFUSALS[code] ?? `cannot be made: ${message}`
  }
}

function syncToDisk(path: string): void {
  const file = openSync(path, 'r+')
  fsyncSync(file)
  closeSync(file)
}
