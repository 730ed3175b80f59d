import type { Server } from 'node:http'
import type { Logger } from './logger.ts'

/** The address cannot be listened on; the message tells the operator what to change. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

export interface ListenOptions {
  readonly host: string
  readonly port: number
  readonly logger: Logger
}

/** How many connections the system keeps until they are taken: with too few it drops those of others, who try again after a second. */
const BACKLOG = 2048

/**
 * Makes a server listen. Throws `ListenError` when the address is taken or not ours. What goes wrong later, like a
 * connection that cannot be taken for want of a file descriptor, is logged, and the server goes on.
 */
export function listen(server: Server, { host, port, logger }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => {
      const because: Readonly<Record<string, string>> = {
        EADDRINUSE: 'something else listens there: stop it, or set another port',
        EACCES: 'this user may not listen there: set a port above 1023',
        EADDRNOTAVAIL: 'this machine has no such address: set another host',
      }
      reject(
        new ListenError(`Cannot listen on ${host}:${port}: ${because[error.code ?? ''] ?? error.message}.`),
      )
    }
    server.once('error', refuse)
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', refuse)
      server.on('error', (error) => logger.error({ err: error }, 'a connection could not be taken'))
      resolve()
    })
  })
}
