import { describe, expect, it } from 'vitest'
import { codeOf, errorOf, openCachedKeySet } from './support/cached-key-set.ts'
import { aKey } from './support/signing-key.ts'
import {
  type Answer,
  drip,
  hang,
  json,
  KEY_SET,
  keySetOf,
  METADATA,
  openIssuer,
  publish,
  redirect,
  reset,
  status,
  text,
} from './support/test-issuer.ts'

const old = aKey('old')
const young = aKey('young')
const huge = text(`{"keys":[],"note":"${'x'.repeat(300 * 1024)}"}`)

describe('a cached key set', () => {
  it('fetches metadata and key set once, however many ask', async () => {
    const issuer = await openIssuer([old, young])
    const { keys } = openCachedKeySet(issuer.url)

    await Promise.all(Array.from({ length: 20 }, (_, n) => keys.find(n % 2 ? 'old' : 'young')))

    expect(issuer.requests).toEqual([METADATA, KEY_SET])
  })

  it('is usable once it is prepared, and prepares once', async () => {
    const issuer = await openIssuer([old])
    const { keys } = openCachedKeySet(issuer.url)
    expect(keys.isUsable()).toBe(false)

    await keys.prepare()
    await keys.prepare()

    expect(keys.isUsable()).toBe(true)
    expect(issuer.requests).toEqual([METADATA, KEY_SET])
  })

  it.each([
    ['max-age=10', 5],
    ['public, max-age=100, stale-if-error=86400', 50],
    ['max-age=0', 0.5],
    ['max-age=999999', 1800],
    ['no-cache', 150],
    ['s-maxage=10', 150],
  ])(
    'fetches again at half the life of %j, and not before [RFC 9111 §5.2.2.1]',
    async (cacheControl, half) => {
      const issuer = await openIssuer()
      issuer.answer(KEY_SET, json(keySetOf([old]), { 'cache-control': cacheControl }))
      const { keys, monotonicClock } = openCachedKeySet(issuer.url)
      await keys.prepare()

      monotonicClock.advance(half * 1000 - 1)
      await keys.find('old')
      expect(issuer.count(KEY_SET)).toBe(1)

      monotonicClock.advance(1)
      await expect.poll(() => issuer.count(KEY_SET)).toBe(2)
    },
  )

  it('never outlives keySetMaxStale without asking, even when max-age is longer', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url, { keySetMaxStale: 10 })
    await keys.prepare()

    monotonicClock.advance(5000)

    await expect.poll(() => issuer.count(KEY_SET)).toBe(2)
  })

  it('asks for the metadata again after an hour, and after a failed fetch', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()

    monotonicClock.advance(3600 * 1000)
    await codeOf(keys.find('unknown'))
    expect(issuer.count(METADATA)).toBe(2)

    issuer.answer(KEY_SET, status(500))
    monotonicClock.advance(10_000)
    await codeOf(keys.find('unknown'))
    publish(issuer, [young])
    monotonicClock.advance(10_000)
    await codeOf(keys.find('unknown'))
    expect(issuer.count(METADATA)).toBe(3)
  })

  it('lets a redirect lead to the same origin', async () => {
    const issuer = await openIssuer()
    issuer.answer(KEY_SET, redirect('/keys/current'))
    issuer.answer('/keys/current', json(keySetOf([old])))
    const { keys } = openCachedKeySet(issuer.url)

    await keys.find('old')

    expect(issuer.requests).toEqual([METADATA, KEY_SET, '/keys/current'])
  })

  it('fetches nothing once it is closed, and keeps what it has', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()

    keys.close()
    monotonicClock.advance(200_000)
    await keys.find('old')

    expect(await codeOf(keys.find('unknown'))).toBe('unknown_key')
    expect(issuer.requests).toEqual([METADATA, KEY_SET])
  })

  it('ends a fetch under way when it is closed', async () => {
    const issuer = await openIssuer()
    issuer.answer(METADATA, hang)
    const { keys } = openCachedKeySet(issuer.url)
    const found = codeOf(keys.find('old'))
    await expect.poll(() => issuer.requests.length).toBe(1)

    keys.close()

    expect(await found).toBe('keys_unavailable')
    expect(await codeOf(keys.prepare())).toBe('keys_unavailable')
  })
})

const FAILURES: readonly (readonly [how: string, answer: Answer, because: string])[] = [
  ['answers 500', status(500), 'answered with status 500'],
  ['resets the connection', reset, 'fetch failed'],
  ['sends garbage', text('<html>'), 'not JSON'],
  ['sends more than 256 KiB', huge, 'more than 262144 bytes'],
  ['redirects to another origin', redirect('http://localhost:9/jwks'), 'another origin, http://localhost:9'],
  ['redirects for ever', redirect('#again'), 'redirects too often'],
  ['redirects to nowhere', redirect('http://['), 'redirects to nowhere'],
]

describe.each([
  ...FAILURES,
  ['has an empty key set', json({ keys: [] }), 'no usable key'],
  ['has no list of keys', json({ error: 'oops' }), 'no list of keys'],
  ['has no key set', status(404), 'answered with status 404'],
] as const)('an issuer whose key set address %s', (_, answer, because) => {
  it('leaves a verifier without keys, which says why', async () => {
    const issuer = await openIssuer()
    issuer.answer(KEY_SET, answer)
    const { keys } = openCachedKeySet(issuer.url)

    const error = await errorOf(keys.prepare())

    expect(error).toMatchObject({ code: 'keys_unavailable', retryAfter: 1 })
    expect(String(error?.cause)).toContain(because)
    expect(keys.isUsable()).toBe(false)
  })

  it('does not take the good key set from a verifier that has one', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    const key = await keys.find('old')

    issuer.answer(KEY_SET, answer)
    monotonicClock.advance(150_000)
    // An unknown kid waits for the fetch under way, so what follows is after it.
    expect(await codeOf(keys.find('unknown'))).toBe('keys_unavailable')

    expect(await keys.find('old')).toBe(key)
  })
})

describe.each([...FAILURES, ['has no metadata', status(404), 'has no metadata']] as const)(
  'an issuer whose metadata address %s',
  (_, answer, because) => {
    it('leaves a verifier without keys, which says why', async () => {
      const issuer = await openIssuer([old])
      issuer.answer(METADATA, answer)
      const { keys } = openCachedKeySet(issuer.url)

      const error = await errorOf(keys.prepare())

      expect(error?.code).toBe('keys_unavailable')
      expect(String(error?.cause)).toContain(because)
      expect(issuer.count(KEY_SET)).toBe(0)
    })
  },
)

describe.each([
  ['never answers', hang],
  ['sends its answer in drops', drip],
])('an issuer that %s', (_, answer) => {
  it.each([METADATA, KEY_SET])('is given up after 3 seconds at %s', async (path) => {
    const issuer = await openIssuer([old])
    issuer.answer(path, answer)
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    const found = errorOf(keys.find('old'))
    await expect.poll(() => issuer.count(path)).toBe(1)

    monotonicClock.advance(3000)

    expect(String((await found)?.cause)).toContain('did not answer within 3 seconds')
  })
})

it('an outage that ends is over for the next request after the pause', async () => {
  const issuer = await openIssuer()
  issuer.answer(METADATA, status(500))
  const { keys, monotonicClock } = openCachedKeySet(issuer.url)
  expect(await codeOf(keys.find('old'))).toBe('keys_unavailable')

  publish(issuer, [old])
  monotonicClock.advance(250)

  expect(await codeOf(keys.find('old'))).toBe('none')
})
