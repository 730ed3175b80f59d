import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Locks a data folder for this process: `undefined` when another stack has it. The lock is that of an empty SQLite file,
 * so the system releases it whatever becomes of its holder. A folder that cannot be written is for the server to refuse.
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

/** Step by step: with `recursive` this never returns where a file system takes no folders at all, as below `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}

/** SQLITE_BUSY. */
function isBusy(error: unknown): boolean {
  return (error as { readonly errcode?: unknown }).errcode === 5
}
