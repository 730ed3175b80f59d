import { describe, expect, it } from 'vitest'
import { SecondChanceCache } from './second-chance-cache.ts'

/** A cache of this capacity with the numbers below `count` in it, put there in order. */
function filled(capacity: number, count: number): SecondChanceCache<number, string> {
  const cache = new SecondChanceCache<number, string>(capacity)
  for (let n = 0; n < count; n++) cache.set(n, String(n))
  return cache
}

describe('a second-chance cache', () => {
  it('finds what was set', () => {
    const cache = filled(10, 3)

    expect([0, 1, 2, 3].map((key) => cache.get(key))).toEqual(['0', '1', '2', undefined])
  })

  it.each([1, 2, 3, 10, 1000])('never holds more than %i', (capacity) => {
    const cache = filled(capacity, 5000)

    expect(cache.values().length).toBeLessThanOrEqual(capacity)
    expect(cache.get(4999)).toBe('4999')
    expect(cache.get(0)).toBeUndefined()
  })

  it('keeps what is asked for again and again, however much comes and goes', () => {
    const cache = filled(10, 1)
    for (let n = 1; n < 1000; n++) {
      cache.set(n, String(n))
      expect(cache.get(0)).toBe('0')
    }
  })

  it('keeps all that fits, in whatever order it is asked for', () => {
    const cache = filled(1000, 1000)

    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 1000; n++) expect(cache.get(n)).toBe(String(n))
    }
  })

  it('makes room by what was asked for least recently', () => {
    const cache = filled(4, 4)
    cache.get(0)
    cache.get(2)

    cache.set(4, '4')
    cache.set(5, '5')

    expect([...cache.values()].sort()).toEqual(['0', '2', '4', '5'])
  })

  it('makes room when all of it was asked for', () => {
    const cache = filled(4, 4)
    for (let n = 0; n < 4; n++) cache.get(n)

    cache.set(4, '4')

    expect(cache.values()).toEqual(['1', '2', '3', '4'])
  })

  it('forgets everything when it is cleared', () => {
    const cache = filled(10, 8)

    cache.clear()

    expect([cache.get(0), cache.get(7), cache.get(6)]).toEqual([undefined, undefined, undefined])
    expect(cache.values()).toEqual([])
  })
})
