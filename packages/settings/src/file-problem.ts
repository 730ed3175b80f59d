/** What an operator can do about each error code of the file system. */
const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'this user may not use it: give it to the user that runs the server',
  EPERM: 'this user may not use it: give it to the user that runs the server',
  EROFS: 'it is on a read-only file system: set a path that can be written to',
  ENOSPC: 'the disk is full: make room',
  ENOENT: 'it is not there, or is a link to nothing',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EISDIR: 'it is a folder, not a file',
  ENXIO: 'it is a socket, not a file',
  ELOOP: 'links in its path lead in a circle',
  ENAMETOOLONG: 'a name in its path is too long',
}

/** The sentence for an operator about an error of the file system; `undefined` for any other error. */
export function fileProblem(error: unknown): string | undefined {
  const { code, syscall, path } = error as { code?: unknown; syscall?: unknown; path?: unknown }
  if (typeof code !== 'string' || typeof syscall !== 'string') return undefined
  const advice = ADVICE[code]
  if (advice === undefined) return undefined
  return `Cannot use ${typeof path === 'string' ? path : 'a file'} (${code}): ${advice}.`
}
