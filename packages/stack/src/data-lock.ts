import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Locks a data folder for this process. Returns `undefined` when another stack holds the lock. The lock is that of an
 * empty SQLite file, so the system releases it however its holder ends. A folder that cannot be written is left for the
 * server to refuse.
 */
export function lockData(databaseFile: string): { readonly release: () => void } | undefined {
  try {
    makeFolder(dirname(databaseFile))
    const lock = new DatabaseSync(`${databaseFile}.stack-lock`)
    lock.exec('begin exclusive')
    return { release: () => lock.close() }
  } catch (error) {
    return isBusy(error) ? undefined : { release: () => {} }
  }
}

/**
 * Creates one folder at a time: with `recursive`, the call never returns where a file system allows no folders at all,
 * such as below `/proc`.
 */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}

/** SQLITE_BUSY. */
function isBusy(error: unknown): boolean {
  return (error as { readonly errcode?: unknown }).errcode === 5
}
