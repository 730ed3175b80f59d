import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

export interface ParserLimits {
  /** Called for a request when its headers have been read, before Node.js creates anything for it. */
  readonly accepts: (request: IncomingMessage) => boolean
  /** Called when a body came in too many pieces. The rest of it is not read. */
  readonly onTooManyPieces: () => void
}

/** The announced size of a request's body, in bytes; infinite when the body comes in chunks. */
export function bodyLength({ headers }: IncomingMessage): number {
  return headers['transfer-encoding'] === undefined
    ? Number(headers['content-length'] ?? 0)
    : Number.POSITIVE_INFINITY
}

/**
 * How many pieces, chunks or packets, a body may come in. In a body of 64 KiB, the largest that is read, that is 256
 * bytes each.
 */
const MAX_BODY_PIECES = 256

/**
 * The slot in which a Node.js parser keeps its callback for a piece of a body. Without a function there it continues at
 * once.
 */
const ON_BODY = 3

/** Tells the parser that nothing follows these headers, so it leaves the rest of what was read unparsed. */
const STOP_READING = 2

/** The part of Node.js that parses a connection, as far as we need it. */
interface Parser {
  onIncoming?: (request: ParsedRequest, keepAlive: boolean) => number
  [ON_BODY]?: ((piece: Buffer) => void) | undefined
}

type ParsedRequest = IncomingMessage & { upgrade?: boolean }

/**
 * Limits what Node.js creates from one read. 64 KiB can hold thousands of tiny requests or tiny chunks. The parser
 * announces them one after another without a pause, and the application is told only when all of them are in memory.
 * Decision 14 explains why this uses the parser itself.
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
  // Node.js reuses the parser for another connection.
  socket.once('close', () => {
    parser[ON_BODY] = onBody
  })
}
