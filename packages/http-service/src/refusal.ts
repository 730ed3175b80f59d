import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'

/** The answer to a request that the application never sees. */
export interface Refusal {
  readonly status: number
  readonly error: string
  readonly description: string
  readonly headers?: Readonly<Record<string, string>>
}

const UNREADABLE: Refusal = {
  status: 400,
  error: 'invalid_request',
  description: 'This is not a well-formed HTTP request.',
}

/** The answers to requests that the Node.js parser rejects, by its error code (RFC 9112 §2.2, RFC 6585 §5). */
const UNREADABLE_BECAUSE: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    error: 'invalid_request',
    description: 'The headers of this request are larger than 16 KiB: send a smaller token or fewer cookies.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    error: 'invalid_request',
    description: 'The extensions of the chunks of this body are larger than 16 KiB.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    error: 'invalid_request',
    description: 'The request did not arrive in time: send it again.',
  },
}

const WRONG_TARGET: Refusal = {
  status: 400,
  error: 'invalid_request',
  description: 'The target of this request is neither a path nor a URL that begins with http:// or https://.',
}

/** The answer for the reason why the parser gave up. */
export function unreadable(error: NodeJS.ErrnoException): Refusal {
  return UNREADABLE_BECAUSE[error.code ?? ''] ?? UNREADABLE
}

/** CONNECT asks for a tunnel, and this server is not a proxy (RFC 9110 §9.3.6). */
export const NO_TUNNEL: Refusal = {
  status: 405,
  error: 'invalid_request',
  description: 'This server opens no tunnels.',
  headers: { allow: 'GET, HEAD, POST' },
}

export const TOO_MANY_PIECES: Refusal = {
  status: 400,
  error: 'invalid_request',
  description: 'This body comes in too many pieces: send it at once, or in larger chunks.',
}

export const TOO_MANY_UNDER_WAY: Refusal = {
  status: 503,
  error: 'temporarily_unavailable',
  description: 'Too many requests from this address are under way: try again in a second.',
  headers: { 'retry-after': '1' },
}

export const TOO_MUCH_AT_ONCE: Refusal = {
  status: 503,
  error: 'temporarily_unavailable',
  description: 'Too much is being sent at once: try again in a second.',
  headers: { 'retry-after': '1' },
}

/** More than any proxy adds and any browser sends. Node.js would drop the rest silently, and each header costs memory. */
export const MAX_HEADERS = 100

/**
 * RFC 9112 §3.2: a path, a whole URL, or the asterisk. A fragment is not allowed, because no client sends one, and
 * neither is a user name (RFC 9110 §4.2.4). Node.js passes on anything else, and code that then parses it as a URL throws
 * or reads another host.
 */
const TARGET = /^(?:\/[^#]*|\*|https?:\/\/(?:[a-z\d.-]+|\[[a-f\d:.]+\])(?::\d*)?(?:[/?][^#]*)?)$/i

function isTarget(url: string): boolean {
  return TARGET.test(url) && (/^[/*]/.test(url) || URL.canParse(url))
}

/** What is wrong with a request that the parser could read; `undefined` when nothing is wrong. */
export function wrongRequest(request: IncomingMessage): Refusal | undefined {
  const { rawHeaders, url = '' } = request
  if (!isTarget(url)) return WRONG_TARGET
  if (rawHeaders.length / 2 > MAX_HEADERS) {
    return {
      status: 431,
      error: 'invalid_request',
      description: `This request has more than ${MAX_HEADERS} headers: send fewer.`,
    }
  }
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  // RFC 9112 §3.2: in HTTP/1.1 no host, or more than one host, is 400. A proxy in front might have used another one.
  if (hosts > 1 || (hosts === 0 && request.httpVersion === '1.1')) {
    return { status: 400, error: 'invalid_request', description: 'Send exactly one Host header.' }
  }
  const { expect } = request.headers
  if (expect !== undefined && request.httpVersion === '1.1' && !/^100-continue$/i.test(expect)) {
    return {
      status: 417,
      error: 'invalid_request',
      description: 'The only expectation this server meets is 100-continue.',
    }
  }
  return undefined
}

/** Sends a refusal as the answer to a request that the parser could read. */
export function answerWith(refusal: Refusal, response: ServerResponse): void {
  const { headers, body } = render(refusal)
  response.writeHead(refusal.status, headers).end(response.req.method === 'HEAD' ? undefined : body)
}

/** The refusal as text, for a connection on which no request was parsed and which then closes. */
export function textOf(refusal: Refusal): string {
  const { headers, body } = render(refusal)
  return [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `date: ${new Date().toUTCString()}`,
    'connection: close',
    '',
    body,
  ].join('\r\n')
}

function render({ error, description, headers }: Refusal) {
  const body = JSON.stringify({ error, error_description: description })
  return {
    body,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-length': String(Buffer.byteLength(body)),
      'x-request-id': randomUUID(),
      ...headers,
    },
  }
}
