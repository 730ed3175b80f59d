import { describe, expect, it } from 'vitest'
import { createFakeMonotonicClock } from '../../test/support/fake-monotonic-clock.ts'
import { CachedDocument, type CachedDocumentOptions, remainingLifetime } from './cached-document.ts'

it.each([
  [300, 0, 300],
  [300, 200, 100],
  [300, 300, 1],
  [300, 2 ** 31, 1],
  [undefined, 0, 60],
  [undefined, 59, 1],
  [10_000, 5000, 3600],
  [Number.POSITIVE_INFINITY, 2 ** 31, 3600],
])('of a life of %s at the age of %s there is %s left', (life, age, left) => {
  expect(remainingLifetime(life, age, { shortest: 1, otherwise: 60, longest: 3600 })).toBe(left)
})

/** A document that is a number, one more with each fetch. It is fresh for ten seconds and stale after a minute. */
function openDocument(options: Partial<CachedDocumentOptions<number>> = {}) {
  const monotonicClock = createFakeMonotonicClock()
  let fetches = 0
  let isAway = false
  const document = new CachedDocument<number>({
    name: 'https://auth.example.com',
    fetchNext: async ({ startedAt }) => {
      fetches += 1
      if (isAway) throw new Error('The issuer is away.')
      return { value: fetches, askedAt: startedAt, lifetimeMs: 10_000, staleAt: startedAt + 60_000 }
    },
    fetch,
    monotonicClock,
    ...options,
  })
  return {
    document,
    monotonicClock,
    fetches: () => fetches,
    setAway: (away: boolean) => {
      isAway = away
    },
  }
}

describe('a cached document', () => {
  it('is fetched once, however many join', async () => {
    const { document, fetches } = openDocument()

    await Promise.all([document.refresh(), document.refresh(), document.refresh()])

    expect([fetches(), document.current()?.value]).toEqual([1, 1])
  })

  it('is fetched again at half its lifetime, by the timer', async () => {
    const { document, monotonicClock, fetches } = openDocument()
    await document.refresh()

    monotonicClock.advance(4999)
    expect(fetches()).toBe(1)
    monotonicClock.advance(1)
    await document.currentFetch()?.done

    expect(document.current()?.value).toBe(2)
  })

  it('is not fetched by the timer when it is not in use, and behind the next request then', async () => {
    const { document, monotonicClock, fetches } = openDocument({ isInUse: () => false })
    await document.refresh()
    monotonicClock.advance(20_000)
    expect(fetches()).toBe(1)

    expect(document.current()?.value).toBe(1)
    await document.currentFetch()?.done

    expect(document.current()?.value).toBe(2)
  })

  it('serves until it is stale while the issuer is away, and is asked for every 5 seconds', async () => {
    const { document, monotonicClock, fetches, setAway } = openDocument()
    await document.refresh()
    setAway(true)

    for (let seconds = 5; seconds < 60; seconds += 5) {
      monotonicClock.advance(5000)
      await document.currentFetch()?.done
      expect(document.usable()?.value).toBe(1)
    }
    expect(fetches()).toBeGreaterThan(8)

    monotonicClock.advance(5000)
    expect(document.usable()).toBeUndefined()
  })

  it('is not believed once its value has expired', async () => {
    const { document } = openDocument({ hasExpired: (value) => value === 1 })
    await document.refresh()

    expect([document.usable(), document.peek()?.value]).toEqual([undefined, 1])
  })

  it('is not fetched any more once it is closed, and what is cached still serves', async () => {
    const { document, monotonicClock, fetches } = openDocument()
    await document.refresh()

    document.close()
    monotonicClock.advance(20_000)

    expect([document.refresh(), document.current()?.value, fetches()]).toEqual([undefined, 1, 1])
  })
})
