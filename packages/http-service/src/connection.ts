import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { bodyLength, takeOverParser } from './parser.ts'
import { type Refusal, TOO_MANY_PIECES, textOf } from './refusal.ts'

/** A request and its response. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/**
 * How many requests may wait behind another one, per connection and on all connections together. Each costs some
 * kilobytes.
 */
const MAX_WAITING_REQUESTS = 64
const MAX_WAITING_REQUESTS_IN_ALL = 1024

/** The largest total of bodies that may wait on one connection, in bytes. */
const MAX_WAITING_BODY_BYTES = 16_384

/** How long a connection is kept after its last answer, so that the peer can read it, in milliseconds. */
const LINGER_MS = 1_000

/** The states of a connection, in the order in which connections are closed to make room. */
export const CONNECTION_STATES = ['closing', 'arriving', 'idle', 'unread', 'receiving', 'answering'] as const
export type ConnectionState = (typeof CONNECTION_STATES)[number]

/** What the connections of one server share. */
export interface Shared {
  /** How many requests wait behind another one, on all connections. */
  waiting: number
  /** Whether answers carry `connection: close`. */
  isDraining: boolean
  /** How long an answer may wait to be read, in milliseconds, once the system's buffers are full. */
  readonly unreadTimeout: number
  /** Starts the server's parser on a connection. */
  readonly read: (socket: Socket) => void
  /** Begins a request. */
  readonly begin: (connection: Connection, exchange: Exchange) => void
  /** Called whenever something from a peer has been read. */
  readonly onRead: () => void
}

/**
 * One connection. Its requests are taken one at a time and answered in order (RFC 9112 §9.3.2). While one is answered, a
 * few may wait, and nothing more is read. A client that sends more than may wait gets the answers to those that wait and
 * no others; the last answer says so with `connection: close`.
 */
export class Connection {
  readonly socket: Socket
  readonly network: string
  readonly #shared: Shared
  #isRead = false
  #isHeld = false
  #answering: Exchange | undefined
  #waiting: Exchange[] = []
  #waitingBytes = 0
  /** No further requests are taken. The refusal is sent after the answers that are still due. */
  #closing = false
  #refusal: Refusal | undefined
  #hasEnded = false
  #unreadSince: number | undefined

  constructor(socket: Socket, network: string, shared: Shared) {
    this.socket = socket
    this.network = network
    this.#shared = shared
  }

  /** Begins to read the connection. From here on it costs more memory than its entry. */
  read(): void {
    this.#isRead = true
    this.socket.once('close', () => this.#forgetWaiting())
    this.#shared.read(this.socket)
    takeOverParser(this.socket, {
      accepts: (request) => this.#accepts(request),
      onTooManyPieces: () => {
        this.refuse(TOO_MANY_PIECES)
        this.#shared.onRead()
      },
    })
  }

  /** Pauses reading until `readOn` is called. Returns whether this changes anything. */
  hold(): boolean {
    if (this.#isHeld || !this.#isRead || this.#closing || this.#waiting.length > 0) return false
    this.#isHeld = true
    this.socket.pause()
    return true
  }

  readOn(): void {
    this.#isHeld = false
    this.#resume()
  }

  get state(): ConnectionState {
    if (this.#hasEnded) return 'closing'
    if (!this.#isRead) return 'arriving'
    if (!this.#answering) return 'idle'
    const { request, response } = this.#answering
    if (response.writableEnded) return 'unread'
    return request.complete ? 'answering' : 'receiving'
  }

  /** Answers a request once those before it are answered. */
  take(exchange: Exchange): void {
    if (this.#answering === undefined) {
      this.#begin(exchange)
      return
    }
    this.#waiting.push(exchange)
    this.#waitingBytes += bodyLength(exchange.request)
    this.#shared.waiting += 1
    this.socket.pause()
  }

  /** Takes no further requests, sends this refusal after the answers that are still due, and closes. */
  refuse(refusal: Refusal): void {
    if (this.#closing) return
    this.#closing = true
    this.#refusal = refusal
    this.#stopReading()
    if (!this.#answering || isCutShort(this.#answering)) this.#end()
  }

  /** Tells the peer, in the current answer, that the connection closes. */
  drain(): void {
    if (this.#answering) this.#closeAfter(this.#answering.response)
  }

  /** Closes the connection when its answer has not been read for too long. Called at intervals. */
  sweep(now: number): void {
    if (this.state !== 'unread') {
      this.#unreadSince = undefined
      return
    }
    this.#unreadSince ??= now
    if (now - this.#unreadSince >= this.#shared.unreadTimeout) this.socket.destroy()
  }

  /** Whether a request whose headers have been read may be answered now or wait. */
  #accepts(request: IncomingMessage): boolean {
    this.#shared.onRead()
    if (this.#closing || this.socket.destroyed) return false
    if (this.#answering === undefined || this.#mayWait(request)) return true
    this.#closing = true
    this.#stopReading()
    announceClose(this.#waiting.at(-1) ?? this.#answering)
    return false
  }

  #mayWait(request: IncomingMessage): boolean {
    return (
      this.#waiting.length < MAX_WAITING_REQUESTS &&
      this.#shared.waiting < MAX_WAITING_REQUESTS_IN_ALL &&
      this.#waitingBytes + bodyLength(request) <= MAX_WAITING_BODY_BYTES
    )
  }

  #begin(exchange: Exchange): void {
    this.#answering = exchange
    if (this.#shared.isDraining) this.#closeAfter(exchange.response)
    // Emitted both when the answer was sent and when the connection is gone.
    exchange.response.once('close', () => this.#goOn())
    this.#shared.begin(this, exchange)
  }

  #goOn(): void {
    this.#answering = undefined
    if (this.socket.destroyed || this.socket.writableEnded) return

    const next = this.#waiting.shift()
    if (next) {
      this.#shared.waiting -= 1
      this.#waitingBytes -= bodyLength(next.request)
      this.#resume()
    }
    if (next && !(this.#refusal && isCutShort(next))) this.#begin(next)
    else if (this.#closing) this.#end()
  }

  #resume(): void {
    if (this.#waiting.length === 0 && !this.#closing && !this.#isHeld) this.socket.resume()
  }

  /** Closes after this answer, unless the peer has already sent its next request when the answer begins. */
  #closeAfter(response: ServerResponse): void {
    const writeHead = response.writeHead.bind(response) as (...args: readonly unknown[]) => ServerResponse
    response.writeHead = (...args: readonly unknown[]) => {
      if (this.#waiting.length === 0) response.setHeader('connection', 'close')
      return writeHead(...args)
    }
  }

  /**
   * Reads nothing more, even where Node.js resumes by itself because an application still waits for the rest of a body.
   * Otherwise a peer that keeps sending would make the event loop discard megabytes in every turn.
   */
  #stopReading(): void {
    this.socket.pause()
    this.socket.on('resume', () => this.socket.pause())
  }

  /** Frees the connection soon, whether or not its peer reads the end. */
  #end(): void {
    this.#hasEnded = true
    if (this.#refusal) this.socket.write(textOf(this.#refusal))
    this.socket.end()
    // Cleared on close, because a timer keeps the whole connection in memory and a peer may open and close thousands in
    // that time.
    const timer = setTimeout(() => this.socket.destroy(), LINGER_MS).unref()
    this.socket.once('close', () => clearTimeout(timer))
  }

  #forgetWaiting(): void {
    this.#shared.waiting -= this.#waiting.length
    this.#waiting = []
  }
}

/** Whether a refusal answers this very request, because the rest of it will not arrive. */
function isCutShort({ request, response }: Exchange): boolean {
  return !request.complete && !response.headersSent
}

function announceClose(exchange: Exchange | undefined): void {
  if (exchange && !exchange.response.headersSent) exchange.response.setHeader('connection', 'close')
}
