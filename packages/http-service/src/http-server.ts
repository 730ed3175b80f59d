import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import type { Connection, Exchange } from './connection.ts'
import { Connections } from './connections.ts'
import { fairTurns } from './fair-turns.ts'
import { networkOf } from './network-of.ts'
import { bodyLength } from './parser.ts'
import {
  answerWith,
  MAX_HEADERS,
  NO_TUNNEL,
  TOO_MANY_UNDER_WAY,
  TOO_MUCH_AT_ONCE,
  unreadable,
  wrongRequest,
} from './refusal.ts'
import { createShares } from './shares.ts'

export interface HttpServerOptions {
  /** Must read the body of a request at once or not at all: a body that nobody has begun to read is discarded. */
  readonly handler: RequestListener
  readonly mostConnections: number
  /** How long an idle connection is kept, in milliseconds. */
  readonly keepAlive: number
  /** Timeouts that differ from the defaults. */
  readonly timeouts?: Partial<Timeouts>
  /**
   * The client address of a request, for when all connections come from a proxy. Without it, the address of the
   * connection's peer.
   */
  readonly addressOf?: ((request: IncomingMessage) => string) | undefined
}

/** How long a peer may take, in milliseconds. Checked every second. */
export interface Timeouts {
  /** Until the headers of a request are complete. */
  readonly headers: number
  /** Until the whole request is complete. */
  readonly request: number
  /** Until the peer reads the part of its answer that the system does not buffer. */
  readonly unread: number
}

const TIMEOUTS_MS: Timeouts = { headers: 15_000, request: 30_000, unread: 30_000 }

/** A body larger than this, in bytes, or sent in chunks, is large. At most 256 of them, of 64 KiB each, may be in memory. */
const LARGE_BODY_BYTES = 4096
const MAX_LARGE_BODIES = 256

/** How many small requests a large body counts as in a turn: four large bodies are read and parsed per turn. */
const LARGE_BODY_COST = 16

/** A Node.js server that does not listen yet. */
export interface HttpServer {
  readonly server: Server
  /** The timeouts in force: the defaults and what was set instead. */
  readonly timeouts: Timeouts
  /** From now on every answer carries `connection: close`, so that clients with a kept connection go elsewhere. */
  readonly drain: () => void
  /** Closes every connection at once, including those that wait to be read. */
  readonly cut: () => void
}

/** An exchange that waits for its turn, and whether its network took a share for it. */
interface Turn extends Exchange {
  readonly share: 'taken' | 'refused' | 'unlimited'
}

/**
 * The Node.js server with limits that hold whatever its peers do. When connections run out, the network with the most
 * loses one first. A connection has one request at a time. Networks take turns. Where Node.js would answer by itself or
 * not at all, the server answers in our own format.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { handler, mostConnections, keepAlive, addressOf } = options
  const timeouts = { ...TIMEOUTS_MS, ...options.timeouts }
  const server = createServer({
    headersTimeout: timeouts.headers,
    requestTimeout: timeouts.request,
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: keepAlive,
    // We check this ourselves, because Node.js would answer without a body.
    requireHostHeader: false,
  })
  // A client that closes its half after its last request still reads the answer, and nothing is read from a connection
  // that waits for its turn. The types of Node.js lack these options.
  Object.assign(server, { httpAllowHalfOpen: true, pauseOnConnect: true })
  // One more than allowed, to detect that there are too many.
  server.maxHeadersCount = MAX_HEADERS + 1

  // Half of the connections. The other half is for networks that have less than their share.
  const shares = createShares(mostConnections / 2)
  const turns = fairTurns<Turn>({
    handOver: (turn) => answer(turn, handler),
    // The connection was closed, or can no longer be written to, while the request waited for its turn.
    isGone: ({ request, response }) => response.destroyed || !request.socket.writable,
    costOf: ({ request }) => (bodyLength(request) <= LARGE_BODY_BYTES ? 1 : LARGE_BODY_COST),
  })
  const begin = (connection: Connection, exchange: Exchange): void => {
    if (!addressOf) {
      startTurn(connection.network, { ...exchange, share: 'unlimited' })
      return
    }
    const network = networkOf(addressOf(exchange.request))
    const share = shares.take(network) ? 'taken' : 'refused'
    if (share === 'taken') exchange.response.once('close', () => shares.giveBack(network))
    startTurn(network, { ...exchange, share })
  }
  const largeBodies = createShares(MAX_LARGE_BODIES)
  const startTurn = (network: string, turn: Turn): void => {
    // A request that is refused or comes in chunks also takes a turn or ends its connection. Otherwise each answer would
    // start another request at once.
    if (bodyLength(turn.request) <= LARGE_BODY_BYTES) turns.add(network, turn)
    else if (largeBodies.take(network)) {
      turn.response.once('close', () => largeBodies.giveBack(network))
      turns.add(network, turn)
    } else refuseBody(turn)
  }

  const connections = new Connections({
    most: mostConnections,
    unreadTimeout: timeouts.unread,
    read: takeReader(server),
    begin,
  })
  const take = (request: IncomingMessage, response: ServerResponse): void =>
    connections.of(request.socket)?.take({ request, response })
  server.on('connection', (socket: Socket) => {
    turns.shorten()
    connections.admit(socket)
  })
  server.on('request', take)
  server.on('checkExpectation', take)
  server.on('connect', (_request, socket: Socket) => connections.of(socket)?.refuse(NO_TUNNEL))
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const connection = error.code === 'ECONNRESET' || !socket.writable ? undefined : connections.of(socket)
    if (connection) connection.refuse(unreadable(error))
    else socket.destroy()
  })
  const sweep = setInterval(() => connections.sweep(performance.now()), 1_000).unref()
  server.on('close', () => clearInterval(sweep))

  return { server, timeouts, drain: () => connections.drain(), cut: () => connections.cut() }
}

/**
 * Removes the server's own connection listener and returns it. The listener creates a parser and timers for a connection,
 * so we decide when it runs.
 */
function takeReader(server: Server): (socket: Socket) => void {
  const [read] = server.listeners('connection')
  if (!read) throw new Error('this Node.js reads HTTP in a way we do not know')
  server.removeAllListeners('connection')
  return (socket) => {
    read.call(server, socket)
    socket.resume()
  }
}

function answer({ request, response, share }: Turn, handler: RequestListener): void {
  const refusal = wrongRequest(request)
  if (refusal) {
    // The rest of what the peer sent cannot be trusted either.
    response.setHeader('connection', 'close')
    answerWith(refusal, response)
  } else if (share === 'refused') answerWith(TOO_MANY_UNDER_WAY, response)
  else handler(request, response)

  if (request.readableFlowing === null) discardBody(request, response)
}

function refuseBody({ request, response }: Exchange): void {
  response.setHeader('connection', 'close')
  answerWith(TOO_MUCH_AT_ONCE, response)
  discardBody(request, response)
}

/** The largest unwanted body that is read to its end so that its connection can be kept, in bytes. */
const MAX_UNWANTED_BODY_BYTES = 1_048_576

function discardBody(request: IncomingMessage, response: ServerResponse): void {
  if (bodyLength(request) > MAX_UNWANTED_BODY_BYTES && !response.headersSent) {
    response.setHeader('connection', 'close')
  }
  // Only once the answer is sent: until then a handler may still ask for the body, however long it has waited.
  response.once('finish', () => {
    if (request.readableFlowing === null) request.resume()
  })
}
