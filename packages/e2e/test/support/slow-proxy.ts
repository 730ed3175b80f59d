import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** How long the answers below a path are held back, in milliseconds. */
export interface Slowness {
  readonly path: string
  readonly milliseconds: number
}

/** The origin of a proxy in front of a server whose answers below one path are late. Closed when the test ends. */
export async function openSlowProxy(server: string, { path, milliseconds }: Slowness): Promise<string> {
  const proxy = createServer((incoming, response) => {
    const { method, url = '/', headers } = incoming
    const outgoing = request(`${server}${url}`, { method, headers }, (answer) => {
      const pass = () => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      }
      if (url.startsWith(path)) setTimeout(pass, milliseconds)
      else pass()
    })
    outgoing.on('error', () => response.destroy())
    incoming.pipe(outgoing)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => {
    proxy.close()
    proxy.closeAllConnections()
  })
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
}
