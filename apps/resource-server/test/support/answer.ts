import { type IncomingHttpHeaders, request } from 'node:http'

/** A whole answer, less what differs every time (date, request id) and what belongs to the connection. */
export interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

const LEFT_OUT = ['date', 'x-request-id', 'connection', 'keep-alive', 'content-length', 'vary']

/** Asks for a URL. A header with a list of values is sent as several headers, which `fetch` could not. */
export function ask(
  url: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string | string[]> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, async (response) => {
      const text = (await response.setEncoding('utf8').toArray()).join('')
      resolve({
        status: response.statusCode,
        headers: Object.fromEntries(
          Object.entries(response.headers).filter(([name]) => !LEFT_OUT.includes(name)),
        ),
        body: text === '' ? undefined : JSON.parse(text),
      })
    })
    sent.on('error', reject).end()
  })
}

/** GET /users/me with a token. */
export function askForMe(url: string, token: string): Promise<Answer> {
  return ask(`${url}/users/me`, { headers: { authorization: `Bearer ${token}` } })
}

/** The headers of every answer: any page may read it, and as nothing else than it says it is. */
export const OPEN_JSON = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'www-authenticate,retry-after,x-request-id',
  'content-type': 'application/json; charset=utf-8',
  'x-content-type-options': 'nosniff',
}

/** The headers of every answer that nobody may keep. */
export const PRIVATE_JSON = { ...OPEN_JSON, 'cache-control': 'no-store' }
