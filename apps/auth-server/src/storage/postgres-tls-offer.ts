import { connect } from 'node:net'
import type { PostgresLocation } from './postgres-location.ts'

/** SSLRequest: its own length, and the number that stands where a version would (PostgreSQL protocol, message formats). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/** The answer `S` to it: TLS may begin. */
const TLS_ACCEPTED = 0x53

/** Asks a server whether it has TLS, on a connection of its own. A socket has none: what it carries stays in the kernel. */
export function offersTls({ host, port, connectTimeout }: PostgresLocation): Promise<boolean> {
  if (host.startsWith('/')) return Promise.resolve(false)

  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: connectTimeout * 1000 })
    socket.once('connect', () => socket.write(SSL_REQUEST))
    socket.once('data', ([answer]) => {
      resolve(answer === TLS_ACCEPTED)
      socket.destroy()
    })
    socket.once('timeout', () => socket.destroy(new Error('timeout exceeded when trying to connect')))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('Connection terminated unexpectedly')))
  })
}
