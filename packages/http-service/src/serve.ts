import type { IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { createHttpServer, type HttpServer } from './http-server.ts'
import { type Listening, listen } from './listen.ts'
import type { Logger } from './logger.ts'

export interface ServeOptions {
  /** Reads the body of a request at once or not at all: one that nobody has begun to read is thrown away. */
  readonly handler: RequestListener
  readonly host: string
  readonly port: number
  /** What the operator sets to have another port, for the message of a `ListenError`. */
  readonly portSetting?: string
  readonly logger: Logger
  /** How long an idle connection is kept, in seconds: longer than a proxy in front keeps it. */
  readonly keepAlive: number
  /** From "not ready" to "not listening" at a stop, in seconds: for as long as a prober may not have looked. */
  readonly drainDelay: number
  /** Whom a request is from where all connections come from a proxy; without it, from the peer of its connection. */
  readonly addressOf?: ((request: IncomingMessage) => string) | undefined
  /** Called first when the process is asked to stop. */
  readonly drain: () => void
  /** What to close once the last request is answered, in this order. */
  readonly close: readonly (() => Promise<void> | void)[]
}

export interface Service {
  readonly address: AddressInfo
  /** Stops as a signal does: no new connections, requests in flight finish, everything closes. Safe to call twice. */
  readonly stop: () => Promise<void>
}

/** Each may hold a request half sent, of at most 64 KiB and its headers: together they stay below 300 MB. */
const MOST_CONNECTIONS = 2048

/**
 * How much the heap may grow from one collection of all garbage to the next. V8 lets a small heap become four times as
 * large, which under a flood of connections is most of the memory of a process, and keeps what it once had.
 */
const HEAP_GROWING = '--heap-growing-percent=40'

/**
 * Listens, and on SIGTERM or SIGINT drains and closes, so that the process ends by itself with status 0 within ten
 * seconds, and the delay before them. Further signals while it drains change nothing: Ctrl-C reaches a process both from the terminal and from
 * whoever started it. Throws `ListenError` when the address is taken or not ours.
 */
export async function serve(options: ServeOptions): Promise<Service> {
  setFlagsFromString(HEAP_GROWING)
  const http = createHttpServer({
    ...options,
    mostConnections: MOST_CONNECTIONS,
    keepAlive: options.keepAlive * 1000,
  })
  const listening = await listen(http.server, options)

  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= drainAndClose(http, listening, options)
    return stopping
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      options.logger.info(
        { signal },
        stopping ? 'already stopping' : 'stopping: finishing the requests in flight',
      )
      void stop()
    })
  }

  return { address: listening.address, stop }
}

/** How long requests in flight may take to finish. */
const DRAIN_TIMEOUT_MS = 7_000

/** When a stop that is stuck ends all the same: before a supervisor kills the process, which most do after ten seconds. */
const STOP_DEADLINE_MS = 9_500

async function drainAndClose(
  { server, drain, cut: cutAll }: HttpServer,
  listening: Listening,
  options: ServeOptions,
): Promise<void> {
  options.drain()
  drain()
  // Whoever probes finds out meanwhile that this process is not ready, and everybody who asks is still answered.
  if (options.drainDelay) await pause(options.drainDelay * 1000)

  const deadline = setTimeout(() => {
    options.logger.error('could not stop in time')
    process.exit(1)
  }, STOP_DEADLINE_MS)
  const closed = listening.close()

  // A kept-alive connection is idle the moment its last answer is out; closing it then, not later, ends the drain.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  const cut = setTimeout(() => {
    options.logger.warn('some requests did not finish in time and were cut')
    cutAll()
  }, DRAIN_TIMEOUT_MS)
  await closed
  clearInterval(sweep)
  clearTimeout(cut)

  for (const close of options.close) {
    try {
      await close()
    } catch (error) {
      options.logger.error({ err: error }, 'could not close cleanly')
      process.exitCode = 1
    }
  }
  clearTimeout(deadline)
  options.logger.info('stopped')
}
