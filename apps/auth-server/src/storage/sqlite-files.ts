import { closeSync, existsSync, mkdirSync, openSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DatabaseUnavailable, StartRefused } from './errors.ts'

/** An open SQLite database. */
export interface SqliteConnections {
  /** The one that writes. */
  readonly writer: DatabaseSync
  /** Reads on while a transaction is under way; `undefined` for a database in memory, which has one connection. */
  readonly reader: DatabaseSync | undefined
  /** Throws `DatabaseUnavailable` when a file that was opened is gone or replaced. */
  readonly proveKept: () => void
}

/** How long the opening itself waits for another process, in milliseconds. */
const OPENING_TIMEOUT_MS = 5_000

/** Opens a database that is gone when it is closed. */
export function openSqliteMemory(): SqliteConnections {
  return { writer: openSqlite(':memory:'), reader: undefined, proveKept: () => {} }
}

/**
 * Opens a SQLite file, created when missing and readable by its owner alone. Throws `StartRefused` when it cannot be
 * used.
 */
export function openSqliteFile(path: string): SqliteConnections {
  try {
    createPrivateFile(path)
    const writer = openSqlite(path)
    const reader = openSqlite(path)
    // A write that was taken for a read fails here and is noticed.
    reader.exec('pragma query_only = 1')
    return { writer, reader, proveKept: watchDatabaseFile(path) }
  } catch (error) {
    throw new StartRefused(`AUTH_DATABASE_URL: the file ${path} cannot be used: ${(error as Error).message}.`)
  }
}

function openSqlite(path: string): DatabaseSync {
  const sqlite = new DatabaseSync(path, { timeout: OPENING_TIMEOUT_MS })
  // WAL lets readers go on beside a writer; FULL makes an acknowledged commit survive a power cut.
  sqlite.exec('pragma journal_mode = wal; pragma synchronous = full')
  // From here on the driver waits for other processes: SQLite itself would block the event loop.
  sqlite.exec('pragma busy_timeout = 0')
  return sqlite
}

/** Never opens a file that exists: closing it would release every lock this process has on it (POSIX). */
function createPrivateFile(path: string): void {
  makeFolder(dirname(path))
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) closeSync(openSync(path, 'a', 0o600))
  else if (!stats.isFile())
    throw new Error(stats.isDirectory() ? 'it is a folder' : 'it is a pipe or a device')
}

/**
 * Makes a folder with all above it that are missing, for the owner alone. Step by step: `mkdirSync` with `recursive` never
 * returns where a file system takes no folders at all, as below `/proc`.
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process that starts at the same moment has made it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/**
 * Remembers which files an open SQLite database consists of. The returned function throws `DatabaseUnavailable` once
 * one of them was deleted, emptied or replaced: SQLite would go on writing to a file without a name, which is lost when
 * the process ends. It takes microseconds, so it is called for every commit.
 */
export function watchDatabaseFile(path: string): () => void {
  // SQLite keeps the other two beside the file itself, wherever a link to it stands.
  const real = realpathSync(path)
  const paths = [path, `${real}-wal`, `${real}-shm`]
  const opened = paths.map(statOf)

  return () => {
    for (const [index, part] of paths.entries()) {
      if (isSameFile(statOf(part), opened[index])) continue
      throw new DatabaseUnavailable(
        new Error(`the file ${part} is no longer the one that was opened: put it back, or restart`),
      )
    }
  }
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

/** A file that was emptied counts as lost. The log may be empty from the start. */
function isSameFile(now: Stats | undefined, opened: Stats | undefined): boolean {
  if (!now || !opened) return now === opened
  return now.ino === opened.ino && now.dev === opened.dev && (now.size > 0 || opened.size === 0)
}
