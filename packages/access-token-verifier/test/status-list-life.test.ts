import { describe, expect, it } from 'vitest'
import { codeOf } from './support/cached-key-set.ts'
import { aKey } from './support/signing-key.ts'
import { aListToken, LIST, listOf, openStatusFixture } from './support/status-list.ts'
import { hang, publish, status } from './support/test-issuer.ts'
import { NOW } from './support/token.ts'

const key = aKey('one')
const REVOKED = { claims: { iat: NOW + 1, status_list: listOf([0b1001]) } }

describe('the life of a status list', () => {
  it('is half over before it is asked for again, behind the requests', async () => {
    const { issuer, monotonicClock, publishList, statusAt } = await openStatusFixture(key)
    expect(await statusAt(0)).toBe(0)
    publishList(REVOKED)

    monotonicClock.advance(2499)
    expect(await statusAt(0)).toBe(0)
    expect(issuer.count(LIST)).toBe(1)

    monotonicClock.advance(1)
    expect(await statusAt(0)).toBe(0)
    await expect.poll(() => statusAt(0)).toBe(1)
    expect(issuer.count(LIST)).toBe(2)
  })

  it('is over at ttl: whoever asks then waits for a new one, even after an idle time', async () => {
    const { issuer, monotonicClock, publishList, statusAt } = await openStatusFixture(key)
    expect(await statusAt(0)).toBe(0)
    publishList(REVOKED)

    monotonicClock.advance(5000)

    expect(await Promise.all([statusAt(0), statusAt(0)])).toEqual([1, 1])
    expect(issuer.count(LIST)).toBe(2)
  })

  it('counts from when it was asked for, not from when it came', async () => {
    const { issuer, uri, monotonicClock, publishList, statusAt } = await openStatusFixture(key)
    let answer: () => void = () => {}
    issuer.answer(LIST, (response) => {
      answer = () => void response.end(aListToken(uri, key))
    })
    const first = statusAt(0)
    await expect.poll(() => issuer.count(LIST)).toBe(1)
    monotonicClock.advance(2900)
    answer()
    expect(await first).toBe(0)

    publishList(REVOKED)
    monotonicClock.advance(2100)

    expect(await statusAt(0)).toBe(1)
  })

  it.each([
    [0, 1],
    [0.01, 1],
    [90, 90],
    [1e9, 3600],
    [undefined, 60],
  ])('with a ttl of %s is %s seconds', async (ttl, life) => {
    const { issuer, clock, monotonicClock, publishList, statusAt } = await openStatusFixture(key)
    publishList({ claims: { ttl, exp: NOW + 1e6 } })
    await statusAt(0)

    monotonicClock.advance(life * 500 - 1)
    await statusAt(0)
    expect(issuer.count(LIST)).toBe(1)

    clock.now += life
    monotonicClock.advance(life * 500 + 1)
    await statusAt(0)
    expect(issuer.count(LIST)).toBe(2)
  })

  it('begins anew when the issuer says that nothing has changed [RFC 9110 §15.4.5]', async () => {
    const { issuer, monotonicClock, publishList, statusAt } = await openStatusFixture(key)
    publishList({}, { etag: '"v1"' })
    await statusAt(0)
    const tags: unknown[] = []
    issuer.answer(LIST, (response, request) => {
      tags.push(request.headers['if-none-match'])
      response.writeHead(304).end()
    })

    monotonicClock.advance(5000)
    expect(await statusAt(3)).toBe(1)
    monotonicClock.advance(2499)
    expect(await statusAt(3)).toBe(1)

    expect(tags).toEqual(['"v1"'])
  })

  it('does not go on by that when its key has left the key set', async () => {
    const { issuer, uri, keys, monotonicClock, publishList, statusAt } = await openStatusFixture(key)
    publishList({}, { etag: '"v1"' })
    await statusAt(0)
    const young = aKey('young')
    publish(issuer, [young])
    const tags: unknown[] = []
    issuer.answer(LIST, (response, request) => {
      tags.push(request.headers['if-none-match'])
      response.end(aListToken(uri, young, REVOKED))
    })

    monotonicClock.advance(300_000)
    // Not only asked for: until the new set is here, the list at hand is as good as before.
    await expect.poll(() => keys.current()?.find('young')).toHaveLength(1)
    await expect.poll(() => statusAt(0)).toBe(1)

    expect(tags.at(-1)).toBeUndefined()
  })

  it('is not turned back by an older list, which renews nothing', async () => {
    const { issuer, clock, monotonicClock, publishList, statusAt } = await openStatusFixture(key)
    clock.now += 1
    publishList(REVOKED)
    expect(await statusAt(0)).toBe(1)

    publishList()
    monotonicClock.advance(5000)
    expect(await statusAt(0)).toBe(1)
    monotonicClock.advance(250)
    expect(await statusAt(0)).toBe(1)

    await expect.poll(() => issuer.count(LIST)).toBe(3)
    expect(await statusAt(0)).toBe(1)
  })
})

describe('a status list that nobody answers for', () => {
  it('is waited for 250 milliseconds, once, and then serves as it is', async () => {
    const { issuer, monotonicClock, statusAt } = await openStatusFixture(key)
    await statusAt(3)
    issuer.answer(LIST, hang)
    monotonicClock.advance(5000)

    const waiting = statusAt(3)
    await expect.poll(() => issuer.count(LIST)).toBe(2)
    monotonicClock.advance(250)

    // The monotonicClock stands still from here, so whoever waited any longer would wait for ever.
    expect(await waiting).toBe(1)
    expect(await statusAt(3)).toBe(1)
    expect(issuer.count(LIST)).toBe(2)
  })

  it('is asked for again after a pause that grows to 5 seconds', async () => {
    const { issuer, monotonicClock, statusAt } = await openStatusFixture(key)
    issuer.answer(LIST, status(500))
    await codeOf(statusAt(3))

    for (const [pauses, pause] of [250, 500, 1000, 2000, 4000, 5000, 5000].entries()) {
      monotonicClock.advance(pause - 1)
      await codeOf(statusAt(3))
      expect(issuer.count(LIST)).toBe(pauses + 1)
      monotonicClock.advance(1)
      await codeOf(statusAt(3))
      expect(issuer.count(LIST)).toBe(pauses + 2)
    }
  })

  it('is status_unavailable at once while a failure cools down, when there was none before', async () => {
    const { issuer, statusAt } = await openStatusFixture(key)
    issuer.answer(LIST, status(500))

    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(statusAt(0))))
    codes.push(await codeOf(statusAt(0)))

    expect(new Set(codes)).toEqual(new Set(['status_unavailable']))
    expect(issuer.count(LIST)).toBe(1)
  })

  it('fetches nothing once it is closed, and serves what it has', async () => {
    const { issuer, uri, statuses, monotonicClock, statusAt } = await openStatusFixture(key)
    await statusAt(3)

    statuses.close()
    monotonicClock.advance(60_000)

    expect(await statusAt(3)).toBe(1)
    expect(await codeOf(Promise.resolve(statuses.find(`${uri}-other`)))).toBe('status_unavailable')
    expect(issuer.count(LIST)).toBe(1)
  })
})
