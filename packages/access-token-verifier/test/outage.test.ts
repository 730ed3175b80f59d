import { describe, expect, it } from 'vitest'
import { challenge } from '../src/adapters/challenge.ts'
import { codeOf, errorOf, openCachedKeySet } from './support/cached-key-set.ts'
import { aKey } from './support/signing-key.ts'
import { hang, KEY_SET, METADATA, openIssuer, publish, status } from './support/test-issuer.ts'

const old = aKey('old')
const young = aKey('young')
const DAY = 86400 * 1000

describe('a key set whose life is over', () => {
  it('still serves while the issuer answers 500', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    const key = await keys.find('old')

    issuer.answer(KEY_SET, status(500))
    monotonicClock.advance(301_000)

    expect(await keys.find('old')).toBe(key)
    expect(await codeOf(keys.find('unknown'))).toBe('keys_unavailable')
    expect(await keys.find('old')).toBe(key)
  })

  it('serves at once while the issuer hangs', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    const key = await keys.find('old')

    issuer.answer(KEY_SET, hang)
    monotonicClock.advance(301_000)

    // The monotonicClock stands still, so whoever waited for the issuer would wait for ever.
    expect(await keys.find('old')).toBe(key)
    await expect.poll(() => issuer.count(KEY_SET)).toBe(2)
    expect(await keys.find('old')).toBe(key)
  })

  it('serves until keySetMaxStale after the last fetch, and not a moment longer', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()

    issuer.answer(KEY_SET, status(500))
    monotonicClock.advance(DAY - 1)
    expect(await codeOf(keys.find('old'))).toBe('none')
    expect(keys.isUsable()).toBe(true)

    monotonicClock.advance(1)
    expect(keys.isUsable()).toBe(false)
    expect(await codeOf(keys.find('old'))).toBe('keys_unavailable')
  })

  it('is replaced without a request, so a removed key is refused at once', async () => {
    const issuer = await openIssuer([old, young])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.find('old')

    publish(issuer, [young])
    monotonicClock.advance(300_000)
    await expect.poll(() => issuer.count(KEY_SET)).toBe(2)

    // `unknown` waits for the fetch under way; `old` comes after it.
    expect(await codeOf(keys.find('unknown'))).toBe('unknown_key')
    expect(await codeOf(keys.find('old'))).toBe('unknown_key')
    expect(await codeOf(keys.find('young'))).toBe('none')
  })

  it('is asked for every 5 seconds while the issuer is away, without a request', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()
    issuer.answer(KEY_SET, status(500))
    monotonicClock.advance(150_000)
    expect(await codeOf(keys.find('unknown'))).toBe('keys_unavailable')

    publish(issuer, [young])
    monotonicClock.advance(5000)
    await expect.poll(() => issuer.count(KEY_SET)).toBe(3)

    expect(await codeOf(keys.find('young'))).toBe('none')
  })
})

describe('an outage', () => {
  it('is noticed to be over by the first request after the pause', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()
    issuer.answer(KEY_SET, status(500))
    monotonicClock.advance(150_000)
    expect(await codeOf(keys.find('unknown'))).toBe('keys_unavailable')

    publish(issuer, [young])
    monotonicClock.advance(250)
    expect(await codeOf(keys.find('old'))).toBe('none')
    await expect.poll(() => issuer.count(KEY_SET)).toBe(3)

    expect(await codeOf(keys.find('unknown'))).toBe('unknown_key')
    expect(await codeOf(keys.find('old'))).toBe('unknown_key')
  })

  it('begins with the shortest pause, whatever the one before came to', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url, { keySetMaxStale: 1 })
    issuer.answer(METADATA, status(500))
    for (let n = 0; n < 6; n++) {
      await codeOf(keys.find('old'))
      monotonicClock.advance(5000)
    }
    publish(issuer, [old])
    expect(await codeOf(keys.find('old'))).toBe('none')

    issuer.answer(KEY_SET, status(500))
    monotonicClock.advance(5000)

    expect(await errorOf(keys.find('old'))).toMatchObject({ code: 'keys_unavailable', retryAfter: 1 })
  })

  it('leaves a token that names no key those that are held', async () => {
    const issuer = await openIssuer([old, young])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()
    issuer.answer(KEY_SET, status(500))
    monotonicClock.advance(150_000)
    expect(await codeOf(keys.find('unknown'))).toBe('keys_unavailable')

    expect(await keys.find(undefined)).toHaveLength(2)
  })
})

describe('an unknown key id', () => {
  it('is looked for in the issuer once per back-off, however many come', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()
    monotonicClock.advance(1000)

    for (let n = 0; n < 100; n++) expect(await codeOf(keys.find(`a${n}`))).toBe('unknown_key')
    expect(issuer.count(KEY_SET)).toBe(2)

    await Promise.all(Array.from({ length: 100 }, (_, n) => codeOf(keys.find(`b${n}`))))
    expect(issuer.count(KEY_SET)).toBe(2)

    monotonicClock.advance(250)
    await Promise.all(Array.from({ length: 100 }, (_, n) => codeOf(keys.find(`c${n}`))))
    expect(issuer.count(KEY_SET)).toBe(3)
  })

  it('costs fewer fetches the longer a flood lasts', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()

    const fetches: number[] = []
    for (let quarter = 1; quarter <= 80; quarter++) {
      monotonicClock.advance(250)
      await codeOf(keys.find(`k${quarter}`))
      if (issuer.count(KEY_SET) > fetches.length + 1) fetches.push(quarter * 250)
    }

    expect(fetches).toEqual([250, 500, 1000, 2000, 4000, 8000, 13_000, 18_000])
  })

  it('costs one fetch right after the first one, which already asked', async () => {
    const issuer = await openIssuer([old])
    const { keys } = openCachedKeySet(issuer.url)

    await Promise.all(Array.from({ length: 100 }, (_, n) => codeOf(keys.find(`k${n}`))))

    expect(issuer.requests).toEqual([METADATA, KEY_SET])
  })

  it('is accepted at most 5 seconds after it is published, even just after a flood', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()
    for (let n = 0; n < 20; n++) {
      monotonicClock.advance(5000)
      await codeOf(keys.find(`k${n}`))
    }

    publish(issuer, [old, young])
    expect(await codeOf(keys.find('young'))).toBe('unknown_key')
    monotonicClock.advance(5000)

    expect(await codeOf(keys.find('young'))).toBe('none')
  })

  it('is quick to be accepted again once a flood has ended in a new key', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()
    for (let n = 0; n < 20; n++) {
      monotonicClock.advance(5000)
      await codeOf(keys.find(`k${n}`))
    }
    publish(issuer, [young])
    monotonicClock.advance(5000)
    expect(await codeOf(keys.find('young'))).toBe('none')

    // This fetch still had the long pause behind it; the next one has not.
    monotonicClock.advance(5000)
    await codeOf(keys.find('unknown'))
    publish(issuer, [old])
    monotonicClock.advance(250)

    expect(await codeOf(keys.find('old'))).toBe('none')
  })

  it('is accepted at once when a new key is published in quiet times', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()
    monotonicClock.advance(250)

    publish(issuer, [old, young])

    expect(await codeOf(keys.find('young'))).toBe('none')
  })

  it('never delays a known key', async () => {
    const issuer = await openIssuer([old])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()
    issuer.answer(KEY_SET, hang)
    monotonicClock.advance(1000)
    const unknown = codeOf(keys.find('unknown'))
    await expect.poll(() => issuer.count(KEY_SET)).toBe(2)

    expect(await codeOf(keys.find('old'))).toBe('none')

    monotonicClock.advance(3000)
    expect(await unknown).toBe('keys_unavailable')
  })

  it('is not looked for when a token names no key', async () => {
    const issuer = await openIssuer([old, young])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()
    monotonicClock.advance(1000)

    expect(await keys.find(undefined)).toHaveLength(2)
    expect(issuer.count(KEY_SET)).toBe(1)
  })
})

describe('an issuer that answers 500 from the start', () => {
  it('is asked once per back-off: 20 requests, one fetch', async () => {
    const issuer = await openIssuer()
    issuer.answer(METADATA, status(500))
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)

    const atOnce = await Promise.all(Array.from({ length: 20 }, () => codeOf(keys.find('old'))))
    for (let n = 0; n < 20; n++) expect(await codeOf(keys.find('old'))).toBe('keys_unavailable')
    expect(new Set(atOnce)).toEqual(new Set(['keys_unavailable']))
    expect(issuer.requests).toEqual([METADATA])

    const fetches: number[] = []
    for (let quarter = 1; quarter <= 80; quarter++) {
      monotonicClock.advance(250)
      await codeOf(keys.find('old'))
      if (issuer.requests.length > fetches.length + 1) fetches.push(quarter * 250)
    }
    expect(fetches).toEqual([250, 750, 1750, 3750, 7750, 12_750, 17_750])
  })

  it('is an outage and no bad token: 503, with the seconds to wait', async () => {
    const issuer = await openIssuer()
    issuer.answer(METADATA, status(500))
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    for (let n = 0; n < 6; n++) {
      await codeOf(keys.find('old'))
      monotonicClock.advance(5000)
    }

    const error = await errorOf(keys.find('old'))

    expect(challenge(error!)).toEqual({
      status: 503,
      headers: { 'cache-control': 'no-store', 'retry-after': '5' },
      body: {
        error: 'temporarily_unavailable',
        error_description: "The issuer's keys cannot be fetched right now: try again in a moment.",
      },
    })
  })
})
