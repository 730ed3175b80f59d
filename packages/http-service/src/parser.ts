import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

export interface ParserLimits {
  /** Asked about a request when its headers have been read, and before anything is made of it. */
  readonly accepts: (request: IncomingMessage) => boolean
  /** A body came in too many pieces; the rest of it is not read. */
  readonly onTooManyPieces: () => void
}

/** How much body a request announces, in bytes: without end where it comes in chunks. */
export function bodyLength({ headers }: IncomingMessage): number {
  return headers['transfer-encoding'] === undefined
    ? Number(headers['content-length'] ?? 0)
    : Number.POSITIVE_INFINITY
}

/** In how many pieces a body may come, be they chunks or packets: of 64 KiB, the largest that is read, 256 bytes each. */
const MAX_BODY_PIECES = 256

/** Where a parser of Node.js keeps what it calls with a piece of a body; without a function there it goes on at once. */
const ON_BODY = 3

/** What the parser takes as "after these headers comes nothing for you": it leaves the rest of what was read unread. */
const STOP_READING = 2

/** The part of Node.js that reads a connection, as far as we need it. */
interface Parser {
  onIncoming?: (request: ParsedRequest, keepAlive: boolean) => number
  [ON_BODY]?: ((piece: Buffer) => void) | undefined
}

type ParsedRequest = IncomingMessage & { upgrade?: boolean }

/**
 * Bounds what Node.js makes of one read. 64 KiB hold thousands of tiny requests or of tiny chunks, which the parser
 * announces one after the other without a pause; an application is only told afterwards, when they are all in memory.
 * Decision 14 says why this goes by the parser itself.
 */
export function takeOverParser(socket: Socket, { accepts, onTooManyPieces }: ParserLimits): void {
  const { parser } = socket as Socket & { readonly parser?: Parser }
  const onIncoming = parser?.onIncoming
  const onBody = parser?.[ON_BODY]
  if (!parser || !onIncoming || !onBody) throw new Error('this Node.js reads HTTP in a way we do not know')

  const countPieces = (): void => {
    let pieces = 0
    parser[ON_BODY] = (piece) => {
      pieces += 1
      if (pieces <= MAX_BODY_PIECES) {
        onBody.call(parser, piece)
        return
      }
      parser[ON_BODY] = undefined
      onTooManyPieces()
    }
  }
  parser.onIncoming = (request, keepAlive) => {
    if (!accepts(request)) {
      request.upgrade = false
      return STOP_READING
    }
    if (bodyLength(request) > 0) countPieces()
    else parser[ON_BODY] = onBody
    return onIncoming(request, keepAlive)
  }
  // Node.js gives the parser to another connection.
  socket.once('close', () => {
    parser[ON_BODY] = onBody
  })
}
