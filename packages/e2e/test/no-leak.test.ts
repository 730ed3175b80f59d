import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import {
  authenticateEveryWay,
  basic,
  createCaller,
  type Exchange,
  signInEveryWay,
  spendTokens,
} from './support/every-flow.ts'
import { freePort, temporaryFolder } from './support/places.ts'
import { type Settings, TEST_TIMEOUT_MS } from './support/processes.ts'
import { createSecrets, type Secrets } from './support/secrets.ts'
import {
  createFixture,
  type Fixture,
  runAuthServer,
  runResourceServer,
  untilReady,
} from './support/servers.ts'

/** A fixture whose user and clients have secrets of ours, at the most talkative, with metrics. */
async function createTellingFixture(secrets: Secrets) {
  const fixture = await createFixture()
  const metricsPorts = [await freePort(), await freePort()]
  const bootstrapFile = join(temporaryFolder(), 'bootstrap.json')
  writeFileSync(bootstrapFile, JSON.stringify(bootstrapOf(fixture)))
  const settings: Settings = {
    AUTH_BOOTSTRAP_FILE: bootstrapFile,
    AUTH_DEFAULT_CLIENT: 'app',
    AUTH_KEY_ENCRYPTION_SECRET: secrets.remember(
      'key-encryption secret',
      `${secrets.mint('-')}${'A'.repeat(10)}`,
    ),
    AUTH_REFRESH_REUSE_GRACE: '30s',
    AUTH_LOG_LEVEL: 'debug',
    AUTH_METRICS_PORT: String(metricsPorts[0]),
    USER_PASSWORD: `ä"\\$ ${secrets.mint('password')}`,
    SERVICE_SECRET: secrets.mint('client secret'),
    RESOURCE_LOG_LEVEL: 'debug',
    RESOURCE_METRICS_PORT: String(metricsPorts[1]),
  }
  return { fixture, settings, metricsUrls: metricsPorts.map((port) => `http://127.0.0.1:${port}/metrics`) }
}

function bootstrapOf({ resourceServer }: Fixture) {
  const common = { scope: 'profile', audiences: [resourceServer] }
  return {
    resources: [{ audience: resourceServer, scope: 'profile', introspectors: ['service'] }],
    clients: [
      { client_id: 'app', public: true, grant_types: ['password', 'refresh_token'], ...common },
      {
        client_id: 'service',
        client_secret: '${SERVICE_SECRET}',
        grant_types: ['client_credentials', 'password', 'refresh_token'],
        ...common,
      },
    ],
    users: [{ username: 'alice', password: '${USER_PASSWORD}', full_name: 'Alice' }],
  }
}

/** Takes a table away behind the server's back, so that what needs it is a fault. */
async function withoutTable(fixture: Fixture, table: string, during: () => Promise<unknown>) {
  const rename = (from: string, to: string) => {
    const db = new DatabaseSync(fixture.databaseFile, { timeout: 5000 })
    db.exec(`alter table ${from} rename to ${to}`)
    db.close()
  }
  rename(table, 'taken_away')
  await during()
  rename('taken_away', table)
}

/** Sends what is no request at all, and resolves with the answer. */
function sendRaw(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.end(text))
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk
    })
    socket.on('error', reject).on('close', () => resolve(answer))
  })
}

it('no password, secret or token is in any log, error, metric or database', {
  timeout: 4 * TEST_TIMEOUT_MS,
}, async () => {
  const secrets = createSecrets()
  const { fixture, settings, metricsUrls } = await createTellingFixture(secrets)
  const servers = [runAuthServer(fixture, settings), runResourceServer(fixture, settings)]
  await untilReady(servers[0]!, fixture.authServer)
  await untilReady(servers[1]!, fixture.resourceServer)
  const caller = createCaller(fixture, secrets)
  const { post, earn, exchange } = caller

  const tokens = await signInEveryWay(caller, fixture, settings, secrets)
  const own = await authenticateEveryWay(caller, settings, secrets)
  await caller.readProfile(`Bearer ${own.accessToken}`)
  await spendTokens(caller, fixture, tokens, settings)
  const right = { grant_type: 'password', username: 'alice', password: settings.USER_PASSWORD! }
  const fresh = await earn({ ...right, client_id: 'service', client_secret: settings.SERVICE_SECRET! })
  const faults = exchange.refusals.length
  for (const table of ['clients', 'users', 'authorizations', 'refresh_tokens']) {
    await withoutTable(fixture, table, async () => {
      await post('/token', right)
      await post(
        '/token',
        { grant_type: 'refresh_token', refresh_token: fresh.refreshToken },
        basic('service', settings.SERVICE_SECRET!),
      )
      await post('/introspect', { token: fresh.refreshToken }, basic('service', settings.SERVICE_SECRET!))
    })
  }
  for (const url of [fixture.authServer, fixture.resourceServer]) {
    const head = `GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${fresh.accessToken}\r\n`
    exchange.refusals.push(await sendRaw(url, `${head}${fresh.refreshToken}\r\n\r\n`))
    exchange.refusals.push(await sendRaw(url, `${head}cookie: ${fresh.accessToken.repeat(30)}\r\n\r\n`))
  }
  for (let attempt = 0; attempt < 12; attempt++) {
    await post('/token', { ...right, username: 'bob' })
  }
  const metrics = await Promise.all(metricsUrls.map(async (url) => (await fetch(url)).text()))
  const databaseWhileOpen = databaseOf(fixture)
  for (const server of servers) server.kill('SIGTERM')
  await Promise.all(servers.map((server) => server.ended))
  const logs = servers.flatMap((server) => [server.stdout(), server.stderr()]).join('\n')

  // What was driven really came about: refusals of every kind, faults, and lines that would hold what they are given.
  expect(exchange.refusals.slice(faults).filter((one) => one.startsWith('500 ')).length).toBeGreaterThan(8)
  expect(statusesOf(exchange)).toEqual(['400', '401', '403', '404', '405', '413', '415', '429', '431', '500'])
  expect(logs).toContain('"clientId":"service"')
  expect(logs).toContain('"event":"refresh_token_reused"')
  expect(metrics.join()).toContain('oauth_errors_total{endpoint="/token",error="invalid_grant"}')
  expect(secrets.tracesIn(exchange.answers.join('\n')).length).toBeGreaterThan(8)

  expect({
    logs: secrets.tracesIn(logs),
    refusals: secrets.tracesIn(exchange.refusals.join('\n')),
    metrics: secrets.tracesIn(metrics.join('\n')),
    database: secrets.tracesIn(databaseWhileOpen),
    databaseAfterwards: secrets.tracesIn(databaseOf(fixture)),
    // Tokens are what was asked for; everything else that came along is nobody's to repeat.
    answers: secrets.tracesIn(exchange.answers.join('\n')).filter((name) => !/ token \d/.test(name)),
  }).toEqual({ logs: [], refusals: [], metrics: [], database: [], databaseAfterwards: [], answers: [] })
})

it.each([
  [
    'a password without quotes',
    (password: string) => `{"users":[{"username":"a","password": ${password} }]}`,
  ],
  [
    'a bootstrap file that is not JSON',
    (password: string) => `{"users":[{"password":"${password}" "username":"a"}]}`,
  ],
  ['a bootstrap file that ends early', (password: string) => `{"users":[{"password":"${password}`],
  [
    'a bootstrap file with a wrong member',
    (password: string) => JSON.stringify({ users: [{ username: 'a', password: [password] }] }),
  ],
  [
    'a password that is too long',
    (password: string) => JSON.stringify({ users: [{ username: 'a', password: password.repeat(3) }] }),
  ],
])(
  'a start that is refused for %s repeats none of it',
  { timeout: TEST_TIMEOUT_MS },
  async (_name, contentOf) => {
    const secrets = createSecrets()
    const fixture = await createFixture()
    const bootstrapFile = join(temporaryFolder(), 'bootstrap.json')
    writeFileSync(bootstrapFile, contentOf(secrets.mint('password')))

    const server = runAuthServer(fixture, { AUTH_BOOTSTRAP_FILE: bootstrapFile })
    const ending = await server.ended

    expect(ending).toEqual({ code: 1, signal: null })
    expect(server.stderr()).toContain(bootstrapFile)
    // Not even a few characters of it, as a parser shows them around the place where it gave up.
    expect(server.stderr() + server.stdout()).not.toMatch(/M[0-9a-f]{4}|[0-9a-f]{12}/)
  },
)

/** The statuses of all refusals, once each. */
function statusesOf({ refusals }: Exchange): readonly string[] {
  return [...new Set(refusals.map((one) => /^(?:HTTP\/1\.1 )?(\d{3})/.exec(one)?.[1] ?? one))].sort()
}

/** Every byte of every file beside the database: the database itself, its log, its index. */
function databaseOf({ databaseFile }: Fixture): string {
  const folder = dirname(databaseFile)
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('\n')
}
