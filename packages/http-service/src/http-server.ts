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
  /** Reads the body of a request at once or not at all: one that nobody has begun to read is thrown away. */
  readonly handler: RequestListener
  readonly mostConnections: number
  /** How long an idle connection is kept, in milliseconds. */
  readonly keepAlive: number
  /** Other than the usual ones. */
  readonly timeouts?: Partial<Timeouts>
  /** Whom a request is from where all connections come from a proxy; without it, from the peer of its connection. */
  readonly addressOf?: ((request: IncomingMessage) => string) | undefined
}

/** How long a peer may take, in milliseconds. Looked at every second. */
export interface Timeouts {
  /** Until the headers of a request are complete. */
  readonly headers: number
  /** Until the whole request is. */
  readonly request: number
  /** Until it reads of its answer what the system does not keep for it. */
  readonly unread: number
}

const TIMEOUTS_MS: Timeouts = { headers: 15_000, request: 30_000, unread: 30_000 }

/** A body beyond this size, in bytes, or in chunks is a large one. So many of those may wait in memory, of 64 KiB each. */
const LARGE_BODY_BYTES = 4096
const MAX_LARGE_BODIES = 256

/** How many small requests a large body counts as in a turn: four of them are read and understood in one. */
const LARGE_BODY_COST = 16

/** A server of Node.js that does not listen yet. */
export interface HttpServer {
  readonly server: Server
  /** The usual ones, and what was told instead. */
  readonly timeouts: Timeouts
  /** From now on every answer carries `connection: close`, so that who keeps a connection goes elsewhere. */
  readonly drain: () => void
  /** Closes every connection at once, also those that wait to be read. */
  readonly cut: () => void
}

/** An exchange in its turn; with a network when it has to give its share back. */
interface Turn extends Exchange {
  readonly share: 'taken' | 'refused' | 'unlimited'
}

/**
 * Node.js's server within limits, whatever its peers do: places for connections that the heaviest network gives up first,
 * one request of a connection at a time, turns that go from network to network, and an answer in our form wherever
 * Node.js would give one by itself or none.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { handler, mostConnections, keepAlive, addressOf } = options
  const timeouts = { ...TIMEOUTS_MS, ...options.timeouts }
  const server = createServer({
    headersTimeout: timeouts.headers,
    requestTimeout: timeouts.request,
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: keepAlive,
    // Ours to check, as Node.js would answer without a body.
    requireHostHeader: false,
  })
  // Whoever closes its half after its last request still reads the answer; and nothing is read from a connection that
  // waits for its turn. Node.js has no types for these.
  Object.assign(server, { httpAllowHalfOpen: true, pauseOnConnect: true })
  // One more than may be, to see that there are too many.
  server.maxHeadersCount = MAX_HEADERS + 1

  // Half of the connections: the other half is for those who have less than their share.
  const shares = createShares(mostConnections / 2)
  const turns = fairTurns<Turn>({
    handOver: (turn) => answer(turn, handler),
    // Its connection was closed, or said its last, while it waited for its turn.
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
    // Even what is refused or in chunks takes a turn or ends its connection: one answer is another request at once.
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

/** Takes from a server what it does with a connection, which makes a parser and timers for it, so that we say when. */
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
    // What follows is not to be trusted either.
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

/** The largest body that is read to its end although nobody wants it, so that its connection can be kept. */
const MAX_UNWANTED_BODY_BYTES = 1_048_576

function discardBody(request: IncomingMessage, response: ServerResponse): void {
  if (bodyLength(request) > MAX_UNWANTED_BODY_BYTES && !response.headersSent) {
    response.setHeader('connection', 'close')
  }
  // When the answer is out: until then a handler may still ask for the body, however long it has waited before.
  response.once('finish', () => {
    if (request.readableFlowing === null) request.resume()
  })
}
