import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/** No settings, keys or certificates come near it; what is larger was named by mistake. */
const MOST_BYTES = 16 * 1024 * 1024

/** Bytes that are no text of ours; the message is the end of a sentence that begins with what was read. */
export class UnreadableTextError extends Error {
  override readonly name = 'UnreadableTextError'
}

/**
 * Reads a file of text as `decodeText` does; throws what the file system throws, too. Only a file is read: a pipe that
 * nobody writes to would never end, nor would a device, and a start that hangs says nothing.
 */
export function readTextFile(path: string): string {
  // Without waiting: the opening of a pipe would already wait for its other end.
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
 * Decodes UTF-8, less the byte order mark that editors of other systems put in front: it would become a part of the
 * first name or secret. Throws `UnreadableTextError` for UTF-16, which names itself by its mark or by the zero bytes of
 * its letters, and for anything else that is not UTF-8.
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
