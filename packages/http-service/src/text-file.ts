import { readFileSync } from 'node:fs'

/** A text that is not UTF-8; the message is the end of a sentence that begins with what was read. */
export class TextEncodingError extends Error {
  override readonly name = 'TextEncodingError'
}

/** Reads a file of text as `decodeText` does; throws what the file system throws, too. */
export function readTextFile(path: string): string {
  return decodeText(readFileSync(path))
}

/**
 * Decodes UTF-8, less the byte order mark that editors of other systems put in front: it would become a part of the
 * first name or secret. Throws `TextEncodingError` for UTF-16, which names itself by its mark or by the zero bytes of
 * its letters, and for anything else that is not UTF-8.
 */
export function decodeText(bytes: Uint8Array): string {
  if (isUtf16(bytes)) throw new TextEncodingError('is UTF-16: save it as UTF-8')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new TextEncodingError('is not UTF-8: save it as UTF-8', { cause })
  }
}

function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || bytes.includes(0)
}
