import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { aKey } from './support/signing-key.ts'
import {
  aListToken,
  LIST,
  list,
  listOf,
  openStatusFixture,
  type StatusFixture,
} from './support/status-list.ts'
import { hang, status } from './support/test-issuer.ts'
import { NOW } from './support/token.ts'

const key = aKey('one')
const REVOKED = { claims: { iat: NOW + 1, exp: NOW + 1e6, status_list: listOf([0b1001]) } }
/** Longer than a list of 5 seconds stays in use without a request. */
const IDLE = 120_000

/** The issuer takes the next question, and answers with this list when the returned function is called. */
function holdAnswer({ issuer, uri }: StatusFixture, changes = REVOKED): () => void {
  let answer = () => {}
  issuer.answer(LIST, (response, request) => {
    answer = () => list(aListToken(uri, key, changes))(response, request)
  })
  return () => answer()
}

/** A fixture whose list was asked for once, long ago, and is not in use any more. */
async function openIdleFixture(): Promise<StatusFixture> {
  const fixture = await openStatusFixture(key)
  await fixture.statusAt(0)
  fixture.monotonicClock.advance(IDLE)
  return fixture
}

describe('a list that is older than twice its ttl', () => {
  it('is not believed until the issuer has answered, however slow it is', async () => {
    const fixture = await openIdleFixture()
    const before = fixture.issuer.count(LIST)
    const answer = holdAnswer(fixture)

    const waiting = [fixture.statusAt(0), fixture.statusAt(0)]
    await expect.poll(() => fixture.issuer.count(LIST)).toBe(before + 1)
    fixture.monotonicClock.advance(2999)
    answer()

    expect(await Promise.all(waiting)).toEqual([1, 1])
  })

  it('is believed after 3 seconds of waiting, once: from then on the issuer is away', async () => {
    const { issuer, monotonicClock, statusAt } = await openIdleFixture()
    const before = issuer.count(LIST)
    issuer.answer(LIST, hang)
    const waiting = statusAt(3)
    await expect.poll(() => issuer.count(LIST)).toBe(before + 1)

    monotonicClock.advance(3000)

    expect(await waiting).toBe(1)
    for (let second = 0; second < 60; second++) {
      monotonicClock.advance(1000)
      // Each of these begins or joins a fetch that hangs, and nothing moves the monotonicClock while it is asked.
      expect(await statusAt(3)).toBe(1)
      await new Promise(setImmediate)
    }
  })

  it('is waited for again when the failure was long ago', async () => {
    const fixture = await openIdleFixture()
    fixture.issuer.answer(LIST, status(500))
    expect(await fixture.statusAt(0)).toBe(0)
    fixture.monotonicClock.advance(IDLE)
    await new Promise(setImmediate)
    const before = fixture.issuer.count(LIST)
    const answer = holdAnswer(fixture)

    const waiting = fixture.statusAt(0)
    await expect.poll(() => fixture.issuer.count(LIST)).toBe(before + 1)
    fixture.monotonicClock.advance(1000)
    answer()

    expect(await waiting).toBe(1)
  })

  it('does not make requests wait while the issuer answers with errors', async () => {
    const { issuer, monotonicClock, statusAt } = await openIdleFixture()
    issuer.answer(LIST, status(500))
    expect(await statusAt(3)).toBe(1)

    issuer.answer(LIST, hang)
    monotonicClock.advance(250)

    expect(await statusAt(3)).toBe(1)
    expect(await statusAt(0)).toBe(0)
  })
})

describe('a list in use', () => {
  it('is fetched again at half its life without a request', async () => {
    const { issuer, monotonicClock, publishList, statusAt } = await openStatusFixture(key)
    await statusAt(0)
    publishList(REVOKED)

    monotonicClock.advance(2500)
    await expect.poll(() => issuer.count(LIST)).toBe(2)

    await expect.poll(() => statusAt(0)).toBe(1)
    expect(issuer.count(LIST)).toBe(2)
  })

  it.each([
    ['a minute', 5, 60_000],
    ['its life', 600, 600_000],
  ])('is so for %s after somebody has asked about it', async (_, ttl, duration) => {
    const { issuer, monotonicClock, publishList, statusAt } = await openStatusFixture(key)
    publishList({ claims: { ttl, exp: NOW + 1e6 } })
    await statusAt(0)

    monotonicClock.advance(duration)
    await pause(50)
    expect(issuer.count(LIST)).toBe(1)

    await statusAt(0)
    monotonicClock.advance(duration - 1)
    await expect.poll(() => issuer.count(LIST)).toBe(3)
  })

  it('is asked for every 5 seconds without a request while the issuer is away', async () => {
    const { issuer, monotonicClock, publishList, statusAt } = await openStatusFixture(key)
    await statusAt(0)
    issuer.answer(LIST, status(500))
    monotonicClock.advance(5000)
    expect(await statusAt(0)).toBe(0)

    publishList(REVOKED)
    monotonicClock.advance(5000)

    await expect.poll(() => issuer.count(LIST)).toBe(3)
    await expect.poll(() => statusAt(0)).toBe(1)
    expect(issuer.count(LIST)).toBe(3)
  })

  it('is fetched no more once it is closed', async () => {
    const { issuer, statuses, monotonicClock, statusAt } = await openStatusFixture(key)
    await statusAt(3)

    statuses.close()
    for (let n = 0; n < 10; n++) monotonicClock.advance(2500)
    await pause(50)

    expect(issuer.count(LIST)).toBe(1)
  })
})
