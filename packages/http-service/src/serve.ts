import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { byTurns } from './by-turns.ts'
import { listen } from './listen.ts'
import type { Logger } from './logger.ts'
import { answerUnreadableRequest } from './unreadable-request.ts'

export interface ServeOptions {
  readonly handler: RequestListener
  readonly host: string
  readonly port: number
  readonly logger: Logger
  /** Called first when the process is asked to stop. */
  readonly drain: () => void
  /** What to close once the last request is answered, in this order. */
  readonly close: readonly (() => Promise<void> | void)[]
  /** How long requests in flight may take to finish, in milliseconds. */
  readonly drainTimeout?: number
}

export interface Service {
  readonly address: AddressInfo
  /** Stops as a signal does: no new connections, requests in flight finish, everything closes. Safe to call twice. */
  readonly stop: () => Promise<void>
}

/** Each may hold a request half sent, of at most 64 KiB and its headers: together they stay below 300 MB. */
const MOST_CONNECTIONS = 2048

/**
 * Listens, and on SIGTERM or SIGINT drains and closes, so that the process ends by itself with status 0 within ten
 * seconds. Further signals while it drains change nothing: Ctrl-C reaches a process both from the terminal and from
 * whoever started it. Throws `ListenError` when the address is taken or not ours.
 */
export async function serve(options: ServeOptions): Promise<Service> {
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 15_000 }, byTurns(options.handler))
  server.maxConnections = MOST_CONNECTIONS
  server.on('clientError', answerUnreadableRequest)
  await listen(server, options)

  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= drainAndClose(server, options)
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

  return { address: server.address() as AddressInfo, stop }
}

/** When a stop that is stuck ends all the same, in milliseconds: before a supervisor loses patience and kills. */
const STOP_DEADLINE = 9_500

async function drainAndClose(server: Server, options: ServeOptions): Promise<void> {
  const deadline = setTimeout(() => {
    options.logger.error('could not stop in time')
    process.exit(1)
  }, STOP_DEADLINE)
  options.drain()
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))

  // A kept-alive connection is idle the moment its last answer is out; closing it then, not later, ends the drain.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  const cut = setTimeout(() => {
    options.logger.warn('some requests did not finish in time and were cut')
    server.closeAllConnections()
  }, options.drainTimeout ?? 7_000)
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
