import { closeSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { watchDatabaseFile } from './database-file.ts'
import { makeFolder } from './make-folder.ts'
import { StartRefused } from './start-refused.ts'

/** An open SQLite database. */
export interface SqliteConnections {
  /** The one that writes. */
  readonly writer: DatabaseSync
  /** Reads on while a transaction is under way; `undefined` for a database in memory, which has one connection. */
  readonly reader: DatabaseSync | undefined
  /** Throws `DatabaseUnavailable` when what was written could not be found again. */
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
    // What is taken for a read and is none fails, and is noticed.
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
  // From here on waiting for another process's write is the driver's part: SQLite would block the whole event loop.
  sqlite.exec('pragma busy_timeout = 0')
  return sqlite
}

/** Opens nothing that is there: closing it would give back every lock this process has on it (POSIX). */
function createPrivateFile(path: string): void {
  makeFolder(dirname(path))
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) closeSync(openSync(path, 'a', 0o600))
  else if (!stats.isFile())
    throw new Error(stats.isDirectory() ? 'it is a folder' : 'it is a pipe or a device')
}
