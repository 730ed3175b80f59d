import type { Server } from 'node:http'

/** The address cannot be listened on; the message tells the operator what to change. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** Makes a server listen. Throws `ListenError` when the address is taken or not ours. */
export function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const because: Readonly<Record<string, string>> = {
        EADDRINUSE: 'something else listens there: stop it, or set another port',
        EACCES: 'this user may not listen there: set a port above 1023',
        EADDRNOTAVAIL: 'this machine has no such address: set another host',
      }
      reject(
        new ListenError(`Cannot listen on ${host}:${port}: ${because[error.code ?? ''] ?? error.message}.`),
      )
    })
    server.listen(port, host, resolve)
  })
}
