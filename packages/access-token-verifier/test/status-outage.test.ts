import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { FetchOutcome } from '../src/options.ts'
import { codeOf, errorOf } from './support/cached-key-set.ts'
import { aKey, type TestKey } from './support/signing-key.ts'
import { aListToken, LIST, list, listOf, openStatusFixture } from './support/status-list.ts'
import { type Answer, drip, hang, redirect, reset, status, text } from './support/test-issuer.ts'
import { NOW, type TokenChanges } from './support/token.ts'

const key = aKey('one')
const stranger = aKey('one')

const changed =
  (changes: TokenChanges, by: TestKey = key) =>
  (uri: string): Answer =>
    list(aListToken(uri, by, changes))
const always = (answer: Answer) => (): Answer => answer
const bomb = { bits: 1, lst: deflateSync(Buffer.alloc(20_000_000)).toString('base64url') }

const FAILURES: readonly (readonly [how: string, answer: (uri: string) => Answer, because: string])[] = [
  ['answers 500', always(status(500)), 'answered with status 500'],
  ['answers 404', always(status(404)), 'answered with status 404'],
  ['answers 304 to nobody', always(status(304)), 'answered with status 304'],
  ['resets the connection', always(reset), 'fetch failed'],
  ['sends garbage', always(text('<html>')), 'malformed'],
  ['sends nothing', always(text('')), 'malformed'],
  ['sends more than 2 MiB', always(text('x'.repeat(2 * 1024 * 1024 + 1))), 'more than 2097152 bytes'],
  ['sends a zip bomb', changed({ claims: { status_list: bomb } }), 'more than 1048576 bytes'],
  ['redirects to another origin', always(redirect('http://localhost:9/list')), 'another origin'],
  ['redirects for ever', always(redirect('#again')), 'redirects too often'],
  ['sends another list', changed({ claims: { sub: 'https://a.example/other' } }), 'with the list https://a'],
  ['sends a list of a stranger', changed({}, stranger), 'bad_signature'],
  ['sends a list under an unknown key', changed({ header: { kid: 'two' } }), 'unknown_key'],
  ['sends an access token', changed({ header: { typ: 'at+jwt' } }), 'the type statuslist+jwt, not at+jwt'],
  ['sends a list without a type', changed({ header: { typ: undefined } }), 'not undefined'],
  ['sends a list under another algorithm', changed({ header: { alg: 'HS256' } }), 'not with HS256'],
  ['sends an unsigned list', changed({ header: { alg: 'none' } }), 'not with none'],
  ['sends an expired list', changed({ claims: { exp: NOW - 5 } }), `expired at ${NOW - 5}`],
  ['sends a list of tomorrow', changed({ claims: { iat: NOW + 61 } }), `is of ${NOW + 61}`],
  ['sends a list without a date', changed({ claims: { iat: undefined } }), 'has no iat'],
  ['sends a ttl that is text', changed({ claims: { ttl: '5' } }), 'ttl that is not a number'],
  ['sends a negative ttl', changed({ claims: { ttl: -1 } }), 'ttl that is not a number'],
  ['sends no list', changed({ claims: { status_list: undefined } }), 'has no list'],
  ['sends statuses of 3 bits', changed({ claims: { status_list: listOf([1], 3) } }), 'not 3'],
  ['sends a list that is no text', changed({ claims: { status_list: { bits: 1, lst: 5 } } }), 'not text'],
  [
    'sends a list that is not zlib',
    changed({ claims: { status_list: { bits: 1, lst: 'AA' } } }),
    'is not zlib',
  ],
]

describe.each(FAILURES)('an issuer whose status list %s', (_, answer, because) => {
  it('leaves a verifier without a list, which says why', async () => {
    const { issuer, uri, statusAt } = await openStatusFixture(key)
    issuer.answer(LIST, answer(uri))

    const error = await errorOf(statusAt(0))

    expect(error).toMatchObject({ code: 'status_unavailable', expected: uri, retryAfter: 1 })
    expect(String(error?.cause)).toContain(because)
  })

  it('does not take the good list from a verifier that has one, until it expires', async () => {
    const { issuer, uri, clock, monotonicClock, statusAt, publishList } = await openStatusFixture(key)
    await statusAt(3)
    issuer.answer(LIST, answer(uri))

    monotonicClock.advance(5000)
    expect([await statusAt(0), await statusAt(3)]).toEqual([0, 1])
    clock.now = NOW + 3604
    monotonicClock.advance(3_599_000)
    expect([await statusAt(0), await statusAt(3)]).toEqual([0, 1])
    clock.now = NOW + 3605
    expect(await codeOf(statusAt(0))).toBe('status_unavailable')

    publishList({ claims: { iat: clock.now, exp: clock.now + 10 } })
    monotonicClock.advance(5000)
    expect([await statusAt(0), await statusAt(3)]).toEqual([0, 1])
  })
})

describe.each([
  ['never answers', hang],
  ['sends its answer in drops', drip],
])('an issuer that %s', (_, answer) => {
  it('is given up after 3 seconds when there is no list', async () => {
    const { issuer, uri, monotonicClock, statusAt } = await openStatusFixture(key)
    issuer.answer(LIST, answer)
    const waiting = errorOf(statusAt(0))
    await expect.poll(() => issuer.count(LIST)).toBe(1)

    monotonicClock.advance(3000)

    expect(String((await waiting)?.cause)).toContain(`${uri} did not answer within 3 seconds`)
  })
})

it('a list without exp serves for a day', async () => {
  const { issuer, monotonicClock, publishList, statusAt } = await openStatusFixture(key)
  publishList({ claims: { exp: undefined } })
  await statusAt(3)
  issuer.answer(LIST, status(500))

  monotonicClock.advance(86_400_000 - 1)
  expect(await statusAt(3)).toBe(1)

  monotonicClock.advance(1)
  expect(await codeOf(statusAt(3))).toBe('status_unavailable')
})

it('an issuer that was set back in time is believed again once the list at hand has expired', async () => {
  const { clock, monotonicClock, publishList, statusAt } = await openStatusFixture(key)
  await statusAt(3)
  publishList({ claims: { iat: NOW - 100, exp: NOW + 86_400, status_list: listOf([0]) } })

  monotonicClock.advance(5000)
  expect(await statusAt(3)).toBe(1)
  clock.now = NOW + 3605
  monotonicClock.advance(5000)

  expect(await statusAt(3)).toBe(0)
})

it('tells whoever listens how each fetch ended, and nothing of what it has cut off itself', async () => {
  const told: FetchOutcome[] = []
  const { issuer, uri, statuses, monotonicClock, publishList, statusAt } = await openStatusFixture(key, {
    onFetch: (outcome) => told.push(outcome),
  })
  issuer.answer(LIST, status(500))
  await errorOf(statusAt(0))
  publishList()
  monotonicClock.advance(1000)
  await statusAt(0)
  issuer.answer(LIST, hang)
  monotonicClock.advance(5000)
  const reading = statusAt(0)
  statuses.close()
  await reading

  expect(told).toEqual([
    { kind: 'failed', document: uri, cause: new Error(`${uri} answered with status 500.`) },
    { kind: 'fetched', document: uri },
  ])
})
