import { describe, expect, it } from 'vitest'
import { createFakeMonotonicClock } from '../../test/support/fake-monotonic-clock.ts'
import { Backoff } from './fetch-with-backoff.ts'

describe('a back-off', () => {
  it('is over until it begins', () => {
    expect(new Backoff(createFakeMonotonicClock()).remaining()).toBe(0)
  })

  it('doubles from a quarter of a second to five seconds', () => {
    const backoff = new Backoff(createFakeMonotonicClock())

    const pauses = Array.from({ length: 7 }, () => {
      backoff.start()
      backoff.lengthen()
      return backoff.remaining()
    })

    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000])
  })

  it('is short again after a reset, but ends no pause that has begun', () => {
    const monotonicClock = createFakeMonotonicClock()
    const backoff = new Backoff(monotonicClock)
    backoff.lengthen()
    backoff.start()

    backoff.reset()

    expect(backoff.remaining()).toBe(500)
    monotonicClock.advance(500)
    expect(backoff.remaining()).toBe(0)
    backoff.start()
    expect(backoff.remaining()).toBe(250)
  })
})
