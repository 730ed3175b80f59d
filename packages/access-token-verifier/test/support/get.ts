import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'

/** What a request was answered with: the headers that tell a client something, and the whole body. */
export interface TestResponse {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown
}

/** `fetch` would join two Authorization headers into one; this sends them as they are. */
export async function get(port: number, authorization: readonly string[]): Promise<TestResponse> {
  const headers = ['host', `127.0.0.1:${port}`, ...authorization.flatMap((value) => ['authorization', value])]
  const sent = request({ port, host: '127.0.0.1', headers, agent: false }).end()
  const [response] = await once(sent, 'response')
  const text = (await response.toArray()).join('')
  const body = /json/.test(response.headers['content-type']) ? JSON.parse(text) : text
  return { status: response.statusCode, headers: telling(response.headers), body }
}

function telling(headers: IncomingHttpHeaders): Readonly<Record<string, unknown>> {
  const names = ['content-type', 'cache-control', 'www-authenticate', 'retry-after']
  return Object.fromEntries(names.flatMap((name) => (headers[name] ? [[name, headers[name]]] : [])))
}
