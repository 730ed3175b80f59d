import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { createHttpServer, type HttpServerOptions } from '../../src/http-server.ts'

/** A request that a handler has been given and has not answered. */
export interface Held {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** A server that ends with the test. A request for `/hold` is kept in `held`; any other is answered with its path. */
export async function startHttpServer(options: Partial<HttpServerOptions> = {}) {
  const held: Held[] = []
  const { server, cut } = createHttpServer({
    handler: (request, response) => {
      if (request.url?.startsWith('/hold')) held.push({ request, response })
      else response.end(request.url)
    },
    mostConnections: 8,
    keepAlive: 65_000,
    ...options,
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    cut()
    await new Promise((resolve) => server.close(resolve))
  })

  return {
    server,
    held,
    /** A connection from a loopback address; what arrives on it is kept. */
    connect: (localAddress = '127.0.0.1') => open((server.address() as AddressInfo).port, localAddress),
  }
}

/** A client that keeps its half open until it is told otherwise, and remembers what it was sent. */
export interface Client {
  readonly socket: Socket
  readonly received: () => string
  /** Resolves when something has arrived that holds the text. */
  readonly until: (text: string) => Promise<void>
  /** Resolves when the other side has closed, to all that arrived. */
  readonly closed: Promise<string>
}

async function open(port: number, localAddress: string): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  let received = ''
  socket.setEncoding('utf8').on('data', (text) => {
    received += text
  })
  socket.on('error', () => {})
  // One that is refused may be closed before it knows that it was made.
  await new Promise<void>((resolve) => {
    for (const event of ['connect', 'close']) socket.once(event, () => resolve())
  })
  const closed = new Promise<string>((resolve) => {
    if (socket.closed) resolve(received)
    for (const event of ['end', 'close']) socket.once(event, () => resolve(received))
  })
  const until = async (text: string): Promise<void> => {
    while (!received.includes(text)) await new Promise((resolve) => socket.once('data', resolve))
  }
  return { socket, received: () => received, until, closed }
}
