import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { listenOn } from './support/places.ts'
import { type RunningProcess, TEST_TIMEOUT_MS } from './support/processes.ts'
import { createFixture, runAuthServer, runResourceServer, untilReady } from './support/servers.ts'

const SERVERS = [
  { name: 'authorization server', run: runAuthServer, prefix: 'AUTH' },
  { name: 'resource server', run: runResourceServer, prefix: 'RESOURCE' },
] as const

async function outcome(server: RunningProcess) {
  return { ...(await server.ended), stderr: server.stderr() }
}

describe.each(SERVERS)('the $name does not start', ({ run, prefix }) => {
  it('on a port in use, and says so once', { timeout: TEST_TIMEOUT_MS }, async () => {
    const fixture = await createFixture()
    const port = Number(fixture.settings[`${prefix}_PORT`])
    const squatter = await listenOn(port)
    onTestFinished(() => void squatter?.close())

    const refused = await outcome(run(fixture))

    expect(refused).toEqual({
      code: 1,
      signal: null,
      stderr: `Cannot listen on 127.0.0.1:${port}: something else listens there: stop it, or set ${prefix}_PORT to another port.\n`,
    })
  })

  it('with wrong settings, and lists them all', { timeout: TEST_TIMEOUT_MS }, async () => {
    const fixture = await createFixture()
    const changes = { [`${prefix}_PORT`]: 'eighty', [`${prefix}_LOG_LEVEL`]: 'loud' }

    const refused = await outcome(run(fixture, changes))

    expect(refused).toEqual({
      code: 1,
      signal: null,
      stderr: [
        'The settings do not fit:',
        `  - ${prefix}_PORT must be a whole number from 1 to 65535.`,
        `  - ${prefix}_LOG_LEVEL must be one of fatal, error, warn, info, debug, silent.`,
        '',
      ].join('\n'),
    })
  })
})

it('a wrong key-encryption secret stops the start and changes nothing', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const fixture = await createFixture()
  const first = runAuthServer(fixture)
  await untilReady(first, fixture.authServer)
  first.kill('SIGTERM')
  await first.ended
  const before = digest(fixture.databaseFile)

  const refused = await outcome(runAuthServer(fixture, { AUTH_KEY_ENCRYPTION_SECRET: 'A'.repeat(43) }))

  expect(refused).toEqual({
    code: 1,
    signal: null,
    stderr: expect.stringMatching(/^[^\n]*AUTH_KEY_ENCRYPTION_SECRET[^\n]*\.\n$/),
  })
  expect(digest(fixture.databaseFile)).toBe(before)
})

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
