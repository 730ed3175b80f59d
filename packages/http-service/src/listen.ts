import { type AddressInfo, createServer, type Server } from 'node:net'
import { authority } from './authority.ts'
import type { Logger } from './logger.ts'

/** The server cannot listen on the address. The message tells the operator what to change. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** The setting that chooses the port, for the message of a `ListenError`. */
  readonly portSetting?: string
  readonly logger: Logger
}

/**
 * How many connections the system queues for a listener until it accepts them. The system drops any others, and those
 * clients retry after a second.
 */
const BACKLOG_CONNECTIONS = 4096

/**
 * Each listener accepts one connection per turn of the event loop. Where the system can spread the connections of a port
 * over several listeners, we open many: otherwise two thousand connections made at once would take two thousand turns.
 */
const LISTENER_COUNT = process.platform === 'linux' ? 32 : 1

export interface Listening {
  readonly address: AddressInfo
  /** Stops listening; resolves when the last connection is closed. */
  readonly close: () => Promise<void>
}

/**
 * Makes a server listen. Throws `ListenError` when the address is taken or does not belong to this machine. Later errors,
 * such as a connection that cannot be accepted because no file descriptor is free, are logged, and the server continues.
 */
export async function listen(
  server: Server,
  { host, port, portSetting, logger }: ListenOptions,
): Promise<Listening> {
  const place = { host, port, portSetting }
  // Listeners that share a port also share it with listeners of another process. Only a listener that does not share
  // detects that the port is taken.
  if (port !== 0 && LISTENER_COUNT > 1)
    await close(await bind(createServer(), { ...place, reusePort: false }))
  const first = await bind(server, { ...place, reusePort: LISTENER_COUNT > 1 })
  const address = first.address() as AddressInfo
  const listeners = [first]
  while (listeners.length < LISTENER_COUNT) {
    const further = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true })
    further.on('connection', (socket) => server.emit('connection', socket))
    listeners.push(await bind(further, { ...place, port: address.port, reusePort: true }))
  }
  for (const listener of listeners) {
    listener.on('error', (error) => logger.error({ err: error }, 'a connection could not be taken'))
  }
  return { address, close: async () => void (await Promise.all(listeners.map(close))) }
}

interface Place {
  readonly host: string
  readonly port: number
  readonly portSetting: string | undefined
  readonly reusePort: boolean
}

function bind(server: Server, { host, port, portSetting, reusePort }: Place): Promise<Server> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => {
      const set = portSetting === undefined ? 'set' : `set ${portSetting} to`
      const because: Readonly<Record<string, string>> = {
        EADDRINUSE: `something else listens there: stop it, or ${set} another port`,
        EACCES: `this user may not listen there: ${set} a port above 1023`,
        EADDRNOTAVAIL: 'this machine has no such address: set another host',
      }
      reject(
        new ListenError(
          `Cannot listen on ${authority(host, port)}: ${because[error.code ?? ''] ?? error.message}.`,
        ),
      )
    }
    server.once('error', refuse)
    server.listen({ port, host, backlog: BACKLOG_CONNECTIONS, reusePort }, () => {
      server.off('error', refuse)
      resolve(server)
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()))
}
