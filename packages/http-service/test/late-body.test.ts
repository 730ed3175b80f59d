import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startHttpServer } from './support/start-http-server.ts'

const FORM = 'grant_type=client_credentials&scope=profile'

/** Echoes the body, and begins to read it only when it has waited for something. */
function echoAfter(wait: () => unknown) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await wait()
    const body = (await request.toArray()).join('')
    response.end(`body ${body};`)
  }
}

const fulfilled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await undefined
}

const WAITS: readonly (readonly [what: string, wait: () => unknown])[] = [
  ['at once', () => {}],
  ['after promises that are fulfilled', fulfilled],
  ['after a setImmediate', () => setImmediate()],
  ['after promises and a setImmediate', () => fulfilled().then(() => setImmediate())],
  ['after a timer', () => setTimeout(50)],
]

const REQUESTS: readonly (readonly [how: string, text: string])[] = [
  ['of a known length', `content-length: ${FORM.length}\r\n\r\n${FORM}`],
  ['in chunks', `transfer-encoding: chunked\r\n\r\n${FORM.length.toString(16)}\r\n${FORM}\r\n0\r\n\r\n`],
]

it.each(WAITS.flatMap(([what, wait]) => REQUESTS.map(([how, text]) => ({ what, how, wait, text }))))(
  'a body $how reaches a handler that begins to read it $what',
  async ({ wait, text }) => {
    const server = await startHttpServer({ handler: echoAfter(wait) })

    // Several at once, so that most wait for their turn.
    const clients = await Promise.all([server.connect(), server.connect(), server.connect()])
    for (const client of clients) client.socket.write(`POST /token HTTP/1.1\r\nhost: a\r\n${text}`)
    await Promise.all(clients.map((client) => client.until(`body ${FORM};`)))

    expect(clients.map((client) => client.received().slice(0, 15))).toEqual(Array(3).fill('HTTP/1.1 200 OK'))
  },
)
