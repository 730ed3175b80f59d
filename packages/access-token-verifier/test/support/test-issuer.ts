import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { TestKey } from './signing-key.ts'

/** One way to answer, or not to. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => void

/** A real HTTP server that answers each path as the test says, and remembers what was asked. */
export interface TestIssuer {
  readonly url: string
  /** The paths asked for, in order. */
  readonly requests: readonly string[]
  /** How a path is answered from now on; what nobody set is 404. */
  answer(path: string, answer: Answer): void
  /** How many times a path was asked for. */
  count(path: string): number
  close(): Promise<void>
}

export const METADATA = '/.well-known/oauth-authorization-server'
export const OPENID_METADATA = '/.well-known/openid-configuration'
export const KEY_SET = '/jwks'

/** An issuer with proper metadata and the key set of these keys. Closed when the test ends. */
export async function openIssuer(keys: readonly TestKey[] = []): Promise<TestIssuer> {
  const issuer = await startIssuer()
  onTestFinished(() => issuer.close())
  publish(issuer, keys)
  return issuer
}

/** The same for a whole file, to be closed by it. */
export async function startIssuer(): Promise<TestIssuer> {
  const answers = new Map<string, Answer>()
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(request.url ?? '')
    const answer = answers.get(request.url ?? '') ?? status(404)
    answer(response, request)
  })
  // On a busy machine a test may pause for longer than Node.js keeps an idle connection, and a fetch would fail for that.
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (path, answer) => void answers.set(path, answer),
    count: (path) => requests.filter((request) => request === path).length,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Makes an issuer answer with metadata and these keys. */
export function publish(issuer: TestIssuer, keys: readonly TestKey[], maxAge = 300): void {
  issuer.answer(METADATA, json({ issuer: issuer.url, jwks_uri: issuer.url + KEY_SET }))
  issuer.answer(KEY_SET, json(keySetOf(keys), { 'cache-control': `public, max-age=${maxAge}` }))
}

export function keySetOf(keys: readonly TestKey[]): unknown {
  return { keys: keys.map((key) => key.publicJwk) }
}

export function json(value: unknown, headers: Record<string, string> = {}): Answer {
  return text(JSON.stringify(value), headers)
}

export function text(body: string, headers: Record<string, string> = {}): Answer {
  return (response) => response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body)
}

export function status(code: number): Answer {
  return (response) => response.writeHead(code).end('nothing here')
}

export function redirect(location: string): Answer {
  return (response) => response.writeHead(302, { location }).end()
}

/** The same answer, after so many milliseconds. */
export function slowly(milliseconds: number, answer: Answer): Answer {
  return (response, request) => void setTimeout(() => answer(response, request), milliseconds)
}

/** Takes the request and never says a word. */
export const hang: Answer = () => {}

/** Ends the connection without an answer. */
export const reset: Answer = (response) => response.socket?.resetAndDestroy()

/** Sends a head and one byte, and never the rest. */
export const drip: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{')
}
