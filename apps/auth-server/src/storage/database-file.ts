import { realpathSync, type Stats, statSync } from 'node:fs'
import { DatabaseUnavailable } from './database-unavailable.ts'

/**
 * Remembers which files an open SQLite database consists of. The returned function throws `DatabaseUnavailable` once
 * one of them was deleted, emptied or replaced: SQLite goes on writing to a file that nobody can find any more, and
 * what it says is kept is lost with the process. It takes microseconds, so that it may be asked for every commit.
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

/** Emptied, the file is as lost as if it were deleted; the log beside it may well be empty from the start. */
function isSameFile(now: Stats | undefined, opened: Stats | undefined): boolean {
  if (!now || !opened) return now === opened
  return now.ino === opened.ino && now.dev === opened.dev && (now.size > 0 || opened.size === 0)
}
