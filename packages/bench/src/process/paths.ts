import { createServer } from 'node:net'
import { resolve } from 'node:path'

/** The root of the repository, where our servers are started. */
export const ROOT: string = resolve(import.meta.dirname, '../../../..')

/** The package of the peers, which is outside of the workspace. */
export const PEERS: string = resolve(import.meta.dirname, '../../peers')

/** The folder of the raw results, which is not under version control. */
export const RESULTS: string = resolve(import.meta.dirname, '../../results')

/** Below the range from which the system assigns ports, so that no outgoing connection takes a port before it is used. */
const PORTS = { first: 20_000, count: 10_000 }

/** Finds a port on which nothing listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const server = createServer()
    server.once('error', () => answer(false))
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)))
  })
}
