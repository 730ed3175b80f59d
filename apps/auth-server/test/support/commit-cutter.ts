import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A stretch of network between us and PostgreSQL that breaks when the wrong thing is on its way. */
export interface CommitCutter {
  readonly port: number
  /** Breaks the connection of the next statement that has this in it: before the server gets it, or before we hear of it. */
  readonly cutNext: (moment: 'before' | 'after', statement?: string) => void
}

/** Relays a port of this machine until the test is over. */
export async function startCommitCutter(to: {
  readonly host: string
  readonly port: number
}): Promise<CommitCutter> {
  const sockets = new Set<Socket>()
  let next: { readonly moment: 'before' | 'after'; readonly statement: string } | undefined
  const server = createServer((near) => {
    const far = connect(to.port, to.host)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    far.on('close', () => near.destroy())
    near.on('close', () => far.destroy())

    let deaf = false
    near.on('data', (chunk) => {
      const cut = next && chunk.includes(next.statement) ? next : undefined
      if (cut) next = undefined
      deaf ||= cut?.moment === 'after'
      if (cut?.moment === 'before') near.destroy()
      else far.write(chunk)
    })
    far.on('data', (chunk) => (deaf ? near.destroy() : near.write(chunk)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })

  return {
    port: (server.address() as AddressInfo).port,
    cutNext: (moment, statement = 'commit\0') => {
      next = { moment, statement }
    },
  }
}
