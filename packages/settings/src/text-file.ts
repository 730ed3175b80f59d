import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/** Far larger than any settings, keys or certificates. A larger file was named by mistake. */
const MOST_BYTES = 16 * 1024 * 1024

/** The bytes are not text that we accept. The message is the end of a sentence that begins with what was read. */
export class UnreadableTextError extends Error {
  override readonly name = 'UnreadableTextError'
}

/**
 * Reads a text file as `decodeText` does, and also throws the errors of the file system. Only regular files are read: a
 * pipe that nobody writes to would never end, nor would a device, and a start that hangs reports nothing.
 */
export function readTextFile(path: string): string {
  // Without blocking: to open a pipe would otherwise wait for its other end.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(file)
    if (!stats.isFile() && !stats.isDirectory()) {
      throw new UnreadableTextError('is a pipe or a device: name a file')
    }
    if (stats.size > MOST_BYTES) throw new UnreadableTextError('is larger than 16 MiB')
    return decodeText(readFileSync(file))
  } finally {
    closeSync(file)
  }
}

/**
 * Decodes UTF-8 without the byte order mark that editors of other systems add, because it would become a part of the
 * first name or secret. Throws `UnreadableTextError` for UTF-16, which its byte order mark or the zero bytes of its
 * letters reveal, and for anything else that is not UTF-8.
 */
export function decodeText(bytes: Uint8Array): string {
  if (isUtf16(bytes)) throw new UnreadableTextError('is UTF-16: save it as UTF-8')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new UnreadableTextError('is not UTF-8: save it as UTF-8', { cause })
  }
}

function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || bytes.includes(0)
}
