import { systemClock } from '@countersign/shared'
import bcrypt from 'bcryptjs'
import { describe, expect, it } from 'vitest'
import { PasswordHasher } from '../../src/domain/users/password-hasher.ts'
import { createSignInThrottle } from '../../src/domain/users/sign-in-throttle.ts'
import { findUserByName } from '../../src/domain/users/user-store.ts'
import { openUntilFinished } from '../support/databases.ts'
import { addOrdinaryRows, addUser } from '../support/rows.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const SIGN_IN = { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret' }
const WRONG = { ...SIGN_IN, password: 'wrong' }

function fail(server: TestServer, times: number, form: Record<string, string> = WRONG) {
  return Promise.all(Array.from({ length: times }, () => server.post('/token', form)))
}

describe('failed sign-ins', () => {
  it('have to wait after ten for one account from one address', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    await fail(server, 10)

    const answer = await server.post('/token', SIGN_IN)

    expect(answer).toMatchObject({
      status: 429,
      body: {
        error: 'temporarily_unavailable',
        error_description: 'Too many failed sign-ins: wait a while before the next try.',
      },
    })
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(server.logs).toContainEqual(expect.objectContaining({ event: 'rate_limited', clientId: 'app' }))
  })

  it('let no more through when they come all at once', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)

    const answers = await fail(server, 30)

    expect(answers.filter((answer) => answer.status === 400)).toHaveLength(10)
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(20)
  })

  it('of an unknown user count alike, so that waiting tells nothing', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    await fail(server, 10, { ...WRONG, username: 'nobody' })

    const answer = await server.post('/token', { ...WRONG, username: 'nobody' })

    expect(answer.status).toBe(429)
  })

  it('of one account do not keep another out', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    await addUser(server, { username: 'bob' })
    await fail(server, 11)

    const answer = await server.post('/token', { ...SIGN_IN, username: 'bob' })

    expect(answer.status).toBe(200)
  })

  it('of one address do not keep the account’s owner out elsewhere, behind a trusted proxy', async () => {
    const server = await startTestServer({ trustedProxies: 1 })
    await addOrdinaryRows(server)
    for (let i = 0; i < 11; i++) await server.post('/token', WRONG, { 'x-forwarded-for': '192.0.2.66' })

    const attacker = await server.post('/token', SIGN_IN, { 'x-forwarded-for': '198.51.100.7, 192.0.2.66' })
    const owner = await server.post('/token', SIGN_IN, { 'x-forwarded-for': '192.0.2.66, 198.51.100.7' })

    expect(attacker.status).toBe(429)
    expect(owner.status).toBe(200)
  })

  it('of one address, however many at once, leave the account open to its owner elsewhere', async () => {
    const server = await startTestServer({ trustedProxies: 1 })
    await addOrdinaryRows(server)
    await Promise.all(
      Array.from({ length: 130 }, () => server.post('/token', WRONG, { 'x-forwarded-for': '192.0.2.66' })),
    )

    const owner = await server.post('/token', SIGN_IN, { 'x-forwarded-for': '198.51.100.7' })

    expect(owner.status).toBe(200)
  })

  it('count for the address however a proxy writes it: with a port, in brackets, or by its network', async () => {
    const server = await startTestServer({ trustedProxies: 1 })
    await addOrdinaryRows(server)
    const from = (address: string) => server.post('/token', WRONG, { 'x-forwarded-for': address })
    for (let port = 1000; port < 1010; port++) await from(`192.0.2.66:${port}`)
    for (let host = 1; host <= 10; host++) await from(`[2001:db8:0:1::${host}]:443`)

    const answers = [
      await from('192.0.2.66'),
      await from('2001:db8:0:1::ffff'),
      await from('2001:db8:0:2::1'),
      await from('nonsense'),
    ]

    expect(answers.map(({ status }) => status)).toEqual([429, 429, 400, 400])
  })

  it('cannot choose their address where no proxy is trusted', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    for (let i = 0; i < 10; i++) await server.post('/token', WRONG, { 'x-forwarded-for': `192.0.2.${i}` })

    const answer = await server.post('/token', WRONG, { 'x-forwarded-for': '192.0.2.99' })

    expect(answer.status).toBe(429)
  })

  it('are not what many sign-ins at once are, when they succeed', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)

    const answers = await fail(server, 25, SIGN_IN)

    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
  })

  it('are logged as events without name or password', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)

    await server.post('/token', WRONG)

    expect(server.logs).toContainEqual(
      expect.objectContaining({ event: 'user_authentication_failed', address: '127.0.0.1', clientId: 'app' }),
    )
    expect(JSON.stringify(server.logs)).not.toContain('alice')
    expect(JSON.stringify(server.logs)).not.toContain('"wrong')
  })

  it('name the user by id where there is one, and nobody where there is none', async () => {
    const server = await startTestServer()
    const { id } = await addOrdinaryRows(server)

    await server.post('/token', WRONG)
    await server.post('/token', { ...WRONG, username: 'mallory' })
    await server.post('/token', SIGN_IN)

    const lines = server.logs.filter(({ msg }) => msg === 'request')
    expect(lines.map(({ status, sub }) => [status, sub])).toEqual([
      [400, id],
      [400, undefined],
      [200, id],
    ])
    const events = server.logs.filter(({ event }) => event === 'user_authentication_failed')
    expect(events.map(({ sub }) => sub)).toEqual([id, undefined])
    expect(JSON.stringify(server.logs)).not.toMatch(/alice|mallory/)
  })
})

describe('the password hash', () => {
  it('is replaced by one of the wanted cost at sign-in', async () => {
    const passwordHasher = new PasswordHasher({ cost: 5, workers: 1 })
    const server = await startTestServer({ passwordHasher })
    await addOrdinaryRows(server)
    await addUser(server, { username: 'bob', passwordHash: bcrypt.hashSync('secret', 4) })

    const first = await server.post('/token', { ...SIGN_IN, username: 'bob' })
    const upgraded = await findUserByName(server.db, 'bob')
    const second = await server.post('/token', { ...SIGN_IN, username: 'bob' })
    await passwordHasher.close()

    expect([first.status, second.status]).toEqual([200, 200])
    expect(bcrypt.getRounds(upgraded!.passwordHash)).toBe(5)
  })

  it('is left alone by a wrong password', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    const before = await findUserByName(server.db, 'alice')

    await server.post('/token', WRONG)

    expect(await findUserByName(server.db, 'alice')).toEqual(before)
  })
})

describe('one address', () => {
  it('may have so many sign-ins under way; more are answered 503, and other addresses are served', async () => {
    const db = openUntilFinished({ kind: 'memory' })
    // Slow enough for twelve to meet on a machine that is busy with something else.
    const passwordHasher = new PasswordHasher({ cost: 9, workers: 1 })
    const server = await startTestServer({
      db,
      passwordHasher,
      trustedProxies: 1,
      throttle: createSignInThrottle({ db, now: systemClock, entriesPerNetwork: 4 }),
    })
    await addOrdinaryRows(server)
    const from = (address: string) => server.post('/token', SIGN_IN, { 'x-forwarded-for': address })
    const crowd = Array.from({ length: 12 }, () => from('192.0.2.66'))

    const other = await from('198.51.100.7')
    const answers = await Promise.all(crowd)
    const afterwards = await from('192.0.2.66')
    await passwordHasher.close()

    expect(other.status).toBe(200)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]))
    expect(afterwards.status).toBe(200)
  })
})

describe('a proxy nobody told us to trust', () => {
  it('is noted in the log, once', async () => {
    const server = await startTestServer()

    await server.get('/livez', { 'x-forwarded-for': '192.0.2.1' })
    await server.get('/livez', { 'x-forwarded-for': '192.0.2.2' })

    expect(server.logs.filter((line) => String(line.msg).includes('AUTH_TRUST_PROXY'))).toHaveLength(1)
  })
})

describe('more sign-ins than the pool takes', () => {
  it('are answered 503 with Retry-After, and everyone else is served', async () => {
    const passwordHasher = new PasswordHasher({ cost: 8, workers: 1 })
    const server = await startTestServer({ passwordHasher })
    await addOrdinaryRows(server)
    // Different accounts, so that it is the queue that refuses and not the count of failures.
    const attempts = Array.from({ length: 60 }, (_, i) =>
      server.post('/token', { ...SIGN_IN, username: `user${i}` }),
    )

    const document = await server.get('/.well-known/jwks.json')
    const answers = await Promise.all(attempts)
    await passwordHasher.close()

    const refused = answers.filter((answer) => answer.status === 503)
    expect(refused.length).toBeGreaterThan(0)
    expect(answers.filter((answer) => answer.status === 400)).toHaveLength(60 - refused.length)
    expect(document.status).toBe(200)
    expect(refused[0]).toMatchObject({
      body: {
        error: 'temporarily_unavailable',
        error_description: 'Too many people are signing in at once: try again in a few seconds.',
      },
    })
    expect(refused[0]!.headers.get('retry-after')).toBe('5')
    expect(refused[0]!.headers.get('cache-control')).toBe('no-store')
  })
})
