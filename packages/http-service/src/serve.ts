import type { IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { createHttpServer, type HttpServer } from './http-server.ts'
import { type Listening, listen } from './listen.ts'
import type { Logger } from './logger.ts'

export interface ServeOptions {
  /** Must read the body of a request at once or not at all: a body that nobody has begun to read is discarded. */
  readonly handler: RequestListener
  readonly host: string
  readonly port: number
  /** The setting that chooses the port, for the message of a `ListenError`. */
  readonly portSetting?: string
  readonly logger: Logger
  /** How long an idle connection is kept, in seconds. Must be longer than a proxy in front keeps it. */
  readonly keepAlive: number
  /**
   * The delay at a stop between becoming "not ready" and no longer listening, in seconds: at least the interval of the
   * probes.
   */
  readonly drainDelay: number
  /**
   * The client address of a request, for when all connections come from a proxy. Without it, the address of the
   * connection's peer.
   */
  readonly addressOf?: ((request: IncomingMessage) => string) | undefined
  /** Called first when the process is asked to stop. */
  readonly drain: () => void
  /** What to close after the last request is answered, in this order. */
  readonly close: readonly (() => Promise<void> | void)[]
}

export interface Service {
  readonly address: AddressInfo
  /**
   * Stops as a signal does: accepts no new connections, finishes the requests in flight, closes everything. Safe to call
   * twice.
   */
  readonly stop: () => Promise<void>
}

/** Each connection may hold a partly sent request of at most 64 KiB plus headers. Together they stay below 300 MB. */
const MAX_CONNECTIONS = 2048

/**
 * How much the heap may grow between two full garbage collections, in percent. By default V8 lets a small heap grow to
 * four times its size and keeps that memory. Under a flood of connections this would be most of the memory of the
 * process.
 */
const HEAP_GROWING = '--heap-growing-percent=40'

/**
 * Listens, and drains and closes on SIGTERM or SIGINT. The process then ends by itself with status 0, within ten seconds
 * plus the drain delay. Further signals during the drain change nothing, because Ctrl-C reaches a process both from the
 * terminal and from its parent. Throws `ListenError` when the address is taken or does not belong to this machine.
 */
export async function serve(options: ServeOptions): Promise<Service> {
  setFlagsFromString(HEAP_GROWING)
  const http = createHttpServer({
    ...options,
    mostConnections: MAX_CONNECTIONS,
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

/**
 * When a stop that hangs ends the process anyway, in milliseconds. Most supervisors kill a process after ten seconds;
 * this is earlier.
 */
const STOP_DEADLINE_MS = 9_500

async function drainAndClose(
  { server, drain, cut: cutAll }: HttpServer,
  listening: Listening,
  options: ServeOptions,
): Promise<void> {
  options.drain()
  drain()
  // During the delay, load balancers see that this process is not ready, and every request is still answered.
  if (options.drainDelay) await pause(options.drainDelay * 1000)

  const deadline = setTimeout(() => {
    options.logger.error('could not stop in time')
    process.exit(1)
  }, STOP_DEADLINE_MS)
  const closed = listening.close()

  // A kept-alive connection becomes idle when its last answer is sent. Closing it then, and not later, ends the drain.
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
