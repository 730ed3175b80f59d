import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A stretch of network between us and a server, which can go silent: nothing arrives, and nobody is told. */
export interface Relay {
  readonly port: number
  readonly goSilent: () => void
  /** Lets new connections through again; the old ones stay silent. */
  readonly recover: () => void
}

/** Relays a port of this machine until the test is over. */
export async function startRelay(to: { readonly host: string; readonly port: number }): Promise<Relay> {
  const sockets = new Set<Socket>()
  let silent = false
  const server = createServer((near) => {
    sockets.add(near)
    near.on('error', () => {})
    if (silent) return
    const far = connect(to.port, to.host)
    sockets.add(far)
    far.on('error', () => near.destroy())
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })

  return {
    port: (server.address() as AddressInfo).port,
    goSilent: () => {
      silent = true
      for (const socket of sockets) socket.unpipe().pause()
    },
    recover: () => {
      silent = false
    },
  }
}
