import { systemClock } from '@countersign/shared'
import { describe, expect, it, vi } from 'vitest'
import { createSignInThrottle } from '../../src/domain/users/sign-in-throttle.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { DATABASES, type DatabaseKind, emptyDatabase, openUntilFinished } from '../support/databases.ts'
import { addOrdinaryRows, addUser } from '../support/rows.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { refused, runAuth, urlOf } from './support.ts'
import { runInProcess } from './support-in-process.ts'

const SIGN_IN = { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret' }
const HOME = '203.0.113.5'
const ABROAD = '198.51.100.7'

/**
 * Two servers on one database, each with its own memory, by a clock that stands still and is ahead of the system's; and
 * the command line on it.
 */
async function twoServers(kind: DatabaseKind) {
  const location = await emptyDatabase(kind)
  const servers: TestServer[] = []
  const instant = systemClock() + 600
  const now = () => instant
  for (let count = 0; count < 2; count++) {
    const db = openUntilFinished(location)
    await migrate(db)
    const throttle = createSignInThrottle({ db, now, entriesPerNetwork: 1000 })
    servers.push(await startTestServer({ db, throttle, now, trustedProxies: 1 }))
  }
  const alice = await addOrdinaryRows(servers[0]!)
  const env = { AUTH_DATABASE_URL: urlOf(location) }
  const show = async () =>
    JSON.parse((await runInProcess(['users', 'show', 'alice', '--json'], { env })).stdout)
  return { one: servers[0]!, other: servers[1]!, alice, env, show, instant }
}

function signIn(server: TestServer, address: string, differences: Record<string, string> = {}) {
  return server.post('/token', { ...SIGN_IN, ...differences }, { 'x-forwarded-for': address })
}

/** Twelve failures of alice are one that has to wait; counted ones that fall behind a wait count for nothing. */
async function fail(server: TestServer, address = HOME, username = 'alice'): Promise<void> {
  for (let count = 0; count < 12; count++) await signIn(server, address, { username, password: 'wrong' })
}

describe.each(DATABASES)('on %s, auth users unlock', (kind) => {
  it('lets a user in at once at every server, and `show` says until when they had to wait', async () => {
    const { one, other, alice, env, show, instant } = await twoServers(kind)
    await fail(one)
    await fail(other, ABROAD)
    const delayed = await vi.waitFor(async () => {
      const shown = await show()
      expect(shown.sign_in_delayed_until).not.toBeNull()
      return shown
    })
    const told = await runAuth(['users', 'show', 'alice'], { env })
    const refusals = [await signIn(one, HOME), await signIn(other, ABROAD)]

    const ending = await runAuth(['users', 'unlock', 'alice'], { env })
    const unlocked = await show()
    const answers = [await signIn(one, HOME), await signIn(other, ABROAD)]
    const signedIn = await show()

    expect(delayed.sign_in_delayed_until).toBe(instant + 1)
    expect(delayed.last_sign_in_at).toBeNull()
    const until = new Date((instant + 1) * 1000).toISOString().replace('.000Z', 'Z')
    expect(told.stdout).toContain(`\nsign-in delay  until ${until} at most, after failed sign-ins\n`)
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ status: 429, body: { error: 'temporarily_unavailable' } })
      expect(refusal.headers.get('retry-after')).toBe('1')
    }
    expect(ending).toEqual({
      code: 0,
      stdout:
        'User alice is unlocked: no failed sign-in before now delays the next one. ' +
        'An address from which many users failed waits a minute at most.\n',
      stderr: '',
    })
    expect(unlocked).toMatchObject({ sub: alice.id, last_sign_in_at: null, sign_in_delayed_until: null })
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(signedIn.last_sign_in_at).toBe(instant)
    expect(signedIn.sign_in_delayed_until).toBeNull()
  }, 20_000)

  it('begins a new count, and leaves everybody else’s as it is', async () => {
    const { one, alice, env, show } = await twoServers(kind)
    const bob = await addUser(one, { username: 'bob' })
    await fail(one)
    await fail(one, HOME, 'bob')
    await runInProcess(['users', 'unlock', 'alice'], { env })

    const guesses = []
    for (let count = 0; count < 10; count++) guesses.push(await signIn(one, HOME, { password: 'wrong' }))
    const after = await signIn(one, HOME)
    const bobs = await signIn(one, HOME, { username: 'bob' })

    expect(guesses.map(({ status }) => status)).toEqual(Array(10).fill(400))
    expect([after.status, bobs.status]).toEqual([429, 429])
    await vi.waitFor(async () => expect((await show()).sign_in_delayed_until).not.toBeNull())
    expect(bob.id).not.toBe(alice.id)
  }, 20_000)

  it('counts when it is given twice in a second, and is logged with the user', async () => {
    const { one, alice, env } = await twoServers(kind)
    const events: string[] = []
    const unlock = () =>
      runInProcess(['users', 'unlock', 'alice', '--json'], { env, log: (line) => events.push(line) })

    for (let round = 0; round < 3; round++) {
      await fail(one)
      expect((await signIn(one, HOME)).status).toBe(429)
      const { code, stdout } = await unlock()
      expect([code, JSON.parse(stdout)]).toMatchObject([0, { sub: alice.id, sign_in_delayed_until: null }])
    }

    expect((await signIn(one, HOME)).status).toBe(200)
    expect(events.map((line) => JSON.parse(line))).toMatchObject(
      Array(3).fill({ actor: 'cli', event: 'user_unlocked', sub: alice.id }),
    )
    expect(await runInProcess(['users', 'unlock', 'nobody'], { env })).toEqual(
      refused('There is no such user: `auth users list` shows those there are.'),
    )
  }, 20_000)

  it('has nothing to do with how often the database is written: guesses that wait are not', async () => {
    const { one, env } = await twoServers(kind)
    await fail(one)
    await vi.waitFor(async () =>
      expect((await runInProcess(['users', 'show', 'alice'], { env })).stdout).toContain('until'),
    )
    const read = () => one.db.selectFrom('users').select('sign_in_delayed_until').execute()
    const before = await read()

    await Promise.all(
      Array.from({ length: 200 }, () => signIn(one, ABROAD, { username: 'nobody', password: 'wrong' })),
    )

    expect(await read()).toEqual(before)
  }, 20_000)
})
