import { describe, expect, it } from 'vitest'
import { codeOf, errorOf, openCachedKeySet } from './support/cached-key-set.ts'
import { aKey } from './support/signing-key.ts'
import { LIST, listOf, openStatusFixture } from './support/status-list.ts'
import { json, KEY_SET, keySetOf, METADATA, openIssuer } from './support/test-issuer.ts'
import { NOW } from './support/token.ts'

const old = aKey('old')
const young = aKey('young')
const DAY = 86_400

/** Answers as a cache does that has had the answer for so long. */
const fromCache = (value: unknown, age: string | number, maxAge = 300) =>
  json(value, { 'cache-control': `max-age=${maxAge}`, age: String(age) })

describe('a key set out of a cache', () => {
  it.each([
    [0, 150],
    [200, 50],
    [299, 0.5],
    [300, 0.5],
    [10_000, 0.5],
    ['-200', 150],
    ['old', 150],
  ])('of age %s is asked for again after %s seconds [RFC 9111 §4.2.3]', async (age, seconds) => {
    const issuer = await openIssuer([old])
    issuer.answer(KEY_SET, fromCache(keySetOf([old]), age))
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()

    monotonicClock.advance(seconds * 1000 - 1)
    await keys.find('old')
    expect(issuer.count(KEY_SET)).toBe(1)

    monotonicClock.advance(1)
    await expect.poll(() => issuer.count(KEY_SET)).toBe(2)
  })

  it('that is over is not asked for in a loop, however many requests come', async () => {
    const issuer = await openIssuer([old])
    issuer.answer(KEY_SET, fromCache(keySetOf([old]), 1000))
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()

    for (let second = 1; second <= 5; second++) {
      monotonicClock.advance(1000)
      for (let n = 0; n < 100; n++) expect(await codeOf(keys.find('old'))).toBe('none')
      await expect.poll(() => issuer.count(KEY_SET)).toBe(second + 1)
      // An unknown kid waits for the fetch under way, so the next second begins after it.
      expect(await codeOf(keys.find('unknown'))).toBe('unknown_key')
    }
  })

  it('serves through an outage until keySetMaxStale after the issuer said so', async () => {
    const issuer = await openIssuer([old])
    issuer.answer(KEY_SET, fromCache(keySetOf([old]), 1000))
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()
    await issuer.close()

    monotonicClock.advance((DAY - 1000) * 1000 - 1)
    expect(keys.isUsable()).toBe(true)
    monotonicClock.advance(1)

    expect(keys.isUsable()).toBe(false)
    expect(await codeOf(keys.find('old'))).toBe('keys_unavailable')
  })

  it('that the issuer said longer ago than that is an outage', async () => {
    const issuer = await openIssuer([old])
    issuer.answer(KEY_SET, fromCache(keySetOf([old]), DAY))
    const { keys } = openCachedKeySet(issuer.url)

    const error = await errorOf(keys.find('old'))

    expect(error).toMatchObject({ code: 'keys_unavailable', retryAfter: 1 })
    expect(String(error?.cause)).toContain(`in caches for ${DAY} seconds: it is too old`)
  })

  it('serves while it is fresh by its own word, also when keySetMaxStale is shorter than its age', async () => {
    const issuer = await openIssuer([old])
    issuer.answer(KEY_SET, fromCache(keySetOf([old]), 200))
    const { keys, monotonicClock } = openCachedKeySet(issuer.url, { keySetMaxStale: 60 })
    await keys.prepare()
    await issuer.close()

    monotonicClock.advance(59_999)
    expect(keys.isUsable()).toBe(true)
    monotonicClock.advance(1)
    expect(keys.isUsable()).toBe(false)
  })

  it('brings no removed key back when it is older than the one at hand', async () => {
    const issuer = await openIssuer([young])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()
    issuer.answer(KEY_SET, fromCache(keySetOf([old]), 250))

    monotonicClock.advance(150_000)
    expect(await codeOf(keys.find('old'))).toBe('keys_unavailable')
    expect(await codeOf(keys.find('young'))).toBe('none')

    issuer.answer(KEY_SET, fromCache(keySetOf([old, young]), 0))
    monotonicClock.advance(5000)
    await expect.poll(() => codeOf(keys.find('old'))).toBe('none')
  })
})

it('metadata out of a cache is believed for the less', async () => {
  const issuer = await openIssuer([old])
  const metadata = { issuer: issuer.url, jwks_uri: issuer.url + KEY_SET }
  issuer.answer(METADATA, fromCache(metadata, 3400, 3600))
  const { keys, monotonicClock } = openCachedKeySet(issuer.url)
  await keys.prepare()

  monotonicClock.advance(150_000)
  await codeOf(keys.find('unknown'))
  expect(issuer.count(METADATA)).toBe(1)
  monotonicClock.advance(50_000)
  await codeOf(keys.find('unknown'))

  expect(issuer.count(METADATA)).toBe(2)
})

describe('a status list out of a cache', () => {
  it.each([
    ['0', 5000],
    ['3', 2000],
    ['5', 1000],
    ['1000000', 1000],
    ['-3', 5000],
    ['3.5', 5000],
  ])('of age %s is over after %i ms [RFC 9111 §4.2.3]', async (age, life) => {
    const { issuer, monotonicClock, publishList, statusAt } = await openStatusFixture(old)
    publishList({}, { age })
    expect(await statusAt(0)).toBe(0)
    publishList({ claims: { iat: NOW + 1, status_list: listOf([0b1]) } })

    monotonicClock.advance(life / 2 - 1)
    expect(await statusAt(0)).toBe(0)
    expect(issuer.count(LIST)).toBe(1)

    monotonicClock.advance(life / 2 + 1)
    expect(await statusAt(0)).toBe(1)
  })

  it('that is over is not asked for in a loop, however many requests come', async () => {
    const { issuer, monotonicClock, publishList, statusAt } = await openStatusFixture(old)
    publishList({}, { age: '1000' })
    await statusAt(3)

    for (let second = 1; second <= 5; second++) {
      monotonicClock.advance(1000)
      const statuses = await Promise.all(Array.from({ length: 100 }, () => statusAt(3)))
      expect(new Set(statuses)).toEqual(new Set([1]))
      expect(issuer.count(LIST)).toBe(second + 1)
    }
  })

  it('that has not changed is as old as the cache says', async () => {
    const { issuer, monotonicClock, publishList, statusAt } = await openStatusFixture(old)
    publishList({}, { etag: '"v1"' })
    await statusAt(3)
    issuer.answer(LIST, (response) => void response.writeHead(304, { etag: '"v1"', age: '4' }).end())
    monotonicClock.advance(5000)
    expect(await statusAt(3)).toBe(1)
    publishList({ claims: { iat: NOW + 1, status_list: listOf([0b1]) } })

    monotonicClock.advance(1000)

    expect(await statusAt(0)).toBe(1)
  })

  it('without exp serves until a day after the issuer said so, and not at all when that is over', async () => {
    const { issuer, monotonicClock, publishList, statusAt } = await openStatusFixture(old)
    publishList({ claims: { exp: undefined } }, { age: '1000' })
    await statusAt(3)
    await issuer.close()

    monotonicClock.advance((DAY - 1000) * 1000 - 1)
    expect(await statusAt(3)).toBe(1)
    monotonicClock.advance(1)
    expect(await codeOf(statusAt(3))).toBe('status_unavailable')

    const later = await openStatusFixture(old)
    later.publishList({ claims: { exp: undefined } }, { age: String(DAY) })
    expect(await codeOf(later.statusAt(3))).toBe('status_unavailable')
  })
})
