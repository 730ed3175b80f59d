import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHealth, createLogger } from '@countersign/http-service'
import { afterAll, onTestFinished } from 'vitest'
import { type AppDeps, createApp } from '../../src/app.ts'
import { createClientThrottle } from '../../src/domain/clients/client-throttle.ts'
import { createKeyEncryption } from '../../src/domain/keys/key-encryption.ts'
import { KeyRing } from '../../src/domain/keys/key-ring.ts'
import { generateSigningKey, type KeyPair } from '../../src/domain/keys/signing-key.ts'
import { createStatusListSigner } from '../../src/domain/status/status-list-token.ts'
import { PasswordHasher } from '../../src/domain/users/password-hasher.ts'
import { createSignInThrottle } from '../../src/domain/users/sign-in-throttle.ts'
import { type Database, pingDatabase } from '../../src/storage/database.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { emptyDatabase, openUntilFinished } from './databases.ts'
import { createTestClock, type TestClock } from './test-clock.ts'

/** RSA is slow: one key for all servers of a test file. */
const key: Promise<KeyPair> = generateSigningKey(2048)

/** A thread takes a while to start: one pool for all servers of a test file. */
const sharedHasher = new PasswordHasher({ cost: 4, workers: 1 })
afterAll(() => sharedHasher.close())

export const AUDIENCE = 'https://api.example.com'

export interface TestServer extends AppDeps {
  readonly clock: TestClock
  /** Every log line, parsed. */
  readonly logs: readonly Record<string, unknown>[]
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Answer>
  /** POST with a form body, from name and value pairs or as it stands. */
  readonly post: (path: string, form: Form, headers?: Record<string, string>) => Promise<Answer>
}

export type Form = Record<string, string> | readonly (readonly [string, string])[] | string

/** An answer as a client sees it. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/**
 * Starts the real app on a free port with a database of its own, a clock that stands still, and captured logs. The
 * database is in memory; with AUTH_TEST_DATABASE=PostgreSQL every flow runs on a real one.
 */
export async function startTestServer(config: Partial<AppDeps> = {}): Promise<TestServer> {
  const clock = createTestClock()
  const logs: Record<string, unknown>[] = []
  const logger = createLogger({
    name: 'test',
    level: 'debug',
    format: 'json',
    destination: { write: (line: string) => void logs.push(JSON.parse(line)) },
  })
  const db = config.db ?? (await openTestDatabase())
  await migrate(db)
  const encryption = createKeyEncryption(new Uint8Array(32))
  const keyRing = await KeyRing.open({
    db,
    encryption,
    generateKey: () => key,
    now: clock.now,
  })

  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const deps: AppDeps = {
    db,
    keyRing,
    passwordHasher: sharedHasher,
    throttle: createSignInThrottle({ db, now: clock.now, entriesPerNetwork: 1000 }),
    clientThrottle: createClientThrottle({ db, now: clock.now }),
    statusLists: createStatusListSigner({
      db,
      keyRing,
      issuer,
      now: clock.now,
      statusListTtl: 5,
      statusListLifetime: 86_400,
    }),
    health: createHealth({ database: () => pingDatabase(db) }, () => {}),
    logger,
    metrics: undefined,
    now: clock.now,
    issuer,
    defaultClient: undefined,
    defaultAudience: undefined,
    accessTokenLifetime: 1800,
    refreshTokenLifetime: 2_592_000,
    refreshTokenIdleLifetime: 604_800,
    refreshReuseGrace: 0,
    keyPublishLead: 86_400,
    trustedProxies: 0,
    corsOrigins: '*',
    exampleRequests: [`curl ${issuer}/livez`],
    ...config,
  }
  server.on('request', createApp(deps).callback())
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${issuer}${path}`, init)
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : isJson ? JSON.parse(text) : text,
    }
  }
  return {
    ...deps,
    clock,
    logs,
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, form, headers = {}) => send(path, { method: 'POST', body: bodyOf(form), headers }),
  }
}

async function openTestDatabase(): Promise<Database> {
  const postgres = process.env.AUTH_TEST_DATABASE === 'PostgreSQL'
  return openUntilFinished(postgres ? await emptyDatabase('PostgreSQL') : { kind: 'memory' })
}

function bodyOf(form: Form): URLSearchParams | string {
  return typeof form === 'string' ? form : new URLSearchParams(form as Record<string, string>)
}
