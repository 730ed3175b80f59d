import { describe, expect, it } from 'vitest'
import { createClientThrottle } from '../../src/domain/clients/client-throttle.ts'
import { createSignInThrottle } from '../../src/domain/users/sign-in-throttle.ts'
import { prune } from '../../src/jobs/prune.ts'
import { DATABASES, freshDatabase } from '../support/databases.ts'
import { addOrdinaryRows } from '../support/rows.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const SIGN_IN = { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret' }
const HOME = '203.0.113.5'
const ABROAD = '198.51.100.7'

async function start(config: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer({ trustedProxies: 1, ...config })
  await addOrdinaryRows(server)
  return server
}

function signIn(server: TestServer, address: string, differences: Record<string, string> = {}) {
  return server.post('/token', { ...SIGN_IN, ...differences }, { 'x-forwarded-for': address })
}

/** Ten addresses that guess ten times each, as fast as they can. */
async function guessFromTenAddresses(server: TestServer, username = 'alice') {
  const answers = []
  for (let address = 0; address < 10; address++) {
    for (let guess = 0; guess < 10; guess++) {
      answers.push(await signIn(server, `192.0.2.${address}`, { username, password: `guess ${guess}` }))
    }
  }
  return answers
}

describe('an account that ten addresses guess at', () => {
  it('answers fifty guesses, and then slowly', async () => {
    const server = await start()

    const answers = await guessFromTenAddresses(server)
    const retryAfter = answers.slice(50).map((answer) => answer.headers.get('retry-after'))

    expect(answers.map(({ status }) => status)).toEqual([...Array(50).fill(400), ...Array(50).fill(429)])
    expect(new Set(retryAfter)).toEqual(new Set(['1']))
  })

  it.each(DATABASES)('lets its owner in at home at once, on %s, also at another replica', async (kind) => {
    const db = await freshDatabase(kind)
    const one = await start({ db })
    const other = await startTestServer({ db, trustedProxies: 1 })
    expect((await signIn(one, HOME)).status).toBe(200)
    await guessFromTenAddresses(one)
    await guessFromTenAddresses(other)

    const answers = [
      await signIn(one, HOME),
      await signIn(other, HOME),
      await signIn(other, `::ffff:${HOME}`),
    ]
    const stranger = await signIn(other, ABROAD)

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(stranger).toMatchObject({
      status: 429,
      body: {
        error: 'temporarily_unavailable',
        error_description: 'Too many failed sign-ins: wait a while before the next try.',
      },
    })
  })

  it('lets its owner in elsewhere within seconds, and not an hour later', async () => {
    const server = await start()
    await guessFromTenAddresses(server)

    const early = await signIn(server, ABROAD)
    server.clock.advance(1)
    const late = await signIn(server, ABROAD)

    expect([early.status, late.status]).toEqual([429, 200])
    expect(early.headers.get('retry-after')).toBe('1')
  })

  it('answers strangers no more than a hundred guesses in a row [NIST SP 800-63B §5.2.2]', async () => {
    const server = await start()
    let answered = 0
    let retryAfter = 0

    for (let network = 0; retryAfter < 86_400; network++) {
      const answer = await signIn(server, `2001:db8:${network.toString(16)}::1`, { password: 'wrong' })
      answered += answer.status === 400 ? 1 : 0
      retryAfter = Number(answer.headers.get('retry-after') ?? 0)
      if (retryAfter < 86_400) server.clock.advance(retryAfter)
    }

    expect(answered).toBe(100)
  })

  it('behaves as one that is not there', async () => {
    const server = await start()

    const there = await guessFromTenAddresses(server)
    const nowhere = await guessFromTenAddresses(await start(), 'nobody')

    expect(nowhere.map(({ status, body }) => ({ status, body }))).toEqual(
      there.map(({ status, body }) => ({ status, body })),
    )
  })
})

describe('a familiar address', () => {
  it('waits for its own failures, seconds at first, and begins anew with a success', async () => {
    const server = await start()
    await signIn(server, HOME)
    const waits: (string | null)[] = []

    for (let failure = 0; failure < 9; failure++) await signIn(server, HOME, { password: 'wrong' })
    for (let failure = 0; failure < 4; failure++) {
      await signIn(server, HOME, { password: 'wrong' })
      const { headers } = await signIn(server, HOME)
      waits.push(headers.get('retry-after'))
      server.clock.advance(Number(headers.get('retry-after')))
    }
    const success = await signIn(server, HOME)
    const mistyped = await signIn(server, HOME, { password: 'wrong' })
    const again = await signIn(server, HOME)

    expect(waits).toEqual(['1', '2', '4', '8'])
    expect([success.status, mistyped.status, again.status]).toEqual([200, 400, 200])
  })

  it('does not wait because somebody behind it guesses at other accounts', async () => {
    const server = await start()
    await signIn(server, HOME)
    for (let account = 0; account < 110; account++) {
      await signIn(server, HOME, { username: `user${account}` })
    }

    const neighbour = await signIn(server, HOME, { username: 'another' })
    const alice = await signIn(server, HOME)

    expect([neighbour.status, alice.status]).toEqual([429, 200])
  })

  it('costs one row, written once a week, and is forgotten after ninety days', async () => {
    const server = await start()
    const rows = () => server.db.selectFrom('familiar_networks').select('seen_at').execute()
    await signIn(server, HOME)
    const first = await rows()

    server.clock.advance(6 * 86_400)
    await signIn(server, HOME)
    const sameWeek = await rows()
    server.clock.advance(2 * 86_400)
    await signIn(server, HOME)
    const nextWeek = await rows()
    server.clock.advance(91 * 86_400)
    await prune(server.db, server.now)

    expect(first).toHaveLength(1)
    expect(sameWeek).toEqual(first)
    expect(nextWeek).toEqual([{ seen_at: first[0]!.seen_at + 8 * 86_400 }])
    expect(await rows()).toEqual([])
  })

  it('is one of 256 at most', async () => {
    const server = await start()
    const throttle = createSignInThrottle({ db: server.db, now: server.now, entriesPerNetwork: 1 })
    const clients = createClientThrottle({ db: server.db, now: server.now })

    for (let network = 0; network < 1_000; network++) {
      await throttle.attempt({ name: 'alice', network: `10.0.${network >> 8}.${network & 255}` }).succeed()
    }
    await clients({ name: 'alice', network: '10.0.0.1' }).succeed()
    const rows = await server.db.selectFrom('familiar_networks').select('slot').execute()

    expect(rows.length).toBeLessThanOrEqual(257)
  })
})
