import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AccessTokenVerifier, createAccessTokenVerifier } from '@countersign/access-token-verifier'
import { createHealth, createLogger, type Logger, type Metrics } from '@countersign/http-service'
import { onTestFinished } from 'vitest'
import { createApp } from '../../src/app.ts'
import { AUDIENCE, NOW } from './test-issuer.ts'

/** A log that can be read back, one object a line. */
export interface CapturedLog {
  readonly logger: Logger
  readonly lines: readonly Readonly<Record<string, unknown>>[]
}

/** Captures what is logged. */
export function captureLog(): CapturedLog {
  const lines: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  return { logger: createLogger({ name: 'test', level: 'debug', format: 'json', destination }), lines }
}

/** What a test may choose. */
export interface TestServerOptions {
  readonly issuer: string
  readonly issuerAddress?: string
  readonly audience?: string
  readonly status?: 'check' | 'ignore'
}

/** The resource server with a clock that stands still. */
export interface TestServer extends CapturedLog {
  readonly url: string
  readonly handler: ReturnType<ReturnType<typeof createApp>['callback']>
}

/** Starts the real application for tokens of this issuer on a free port; it ends with the test. */
export function startServer(options: TestServerOptions): Promise<TestServer> {
  return startServerWith(createAccessTokenVerifier({ audience: AUDIENCE, now: () => NOW, ...options }))
}

/** The same with a verifier of the test's own, and measured if the test wants to know. */
export async function startServerWith(verifier: AccessTokenVerifier, metrics?: Metrics): Promise<TestServer> {
  const { logger, lines } = captureLog()
  const keySetHeld = async () => {
    if (!verifier.ready()) throw new Error('No key set is held.')
  }
  const health = createHealth({ key_set: keySetHeld }, () => {})
  const handler = createApp({ verifier, health, logger, metrics }).callback()
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  onTestFinished(async () => {
    verifier.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, handler, logger, lines }
}
