import { describe, expect, it } from 'vitest'
import { SecondChanceCache } from './second-chance-cache.ts'

/** A map of this capacity with the numbers below `count` in it, put there in order. */
function filled(capacity: number, count: number): SecondChanceCache<number, string> {
  const map = new SecondChanceCache<number, string>(capacity)
  for (let n = 0; n < count; n++) map.set(n, String(n))
  return map
}

describe('a map of what is recent', () => {
  it('finds what was set', () => {
    const map = filled(10, 3)

    expect([0, 1, 2, 3].map((key) => map.get(key))).toEqual(['0', '1', '2', undefined])
  })

  it.each([1, 2, 3, 10, 1000])('never holds more than %i', (capacity) => {
    const map = filled(capacity, 5000)

    expect(map.values().length).toBeLessThanOrEqual(capacity)
    expect(map.get(4999)).toBe('4999')
    expect(map.get(0)).toBeUndefined()
  })

  it('keeps what is asked for again and again, however much comes and goes', () => {
    const map = filled(10, 1)
    for (let n = 1; n < 1000; n++) {
      map.set(n, String(n))
      expect(map.get(0)).toBe('0')
    }
  })

  it('keeps all that fits, in whatever order it is asked for', () => {
    const map = filled(1000, 1000)

    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 1000; n++) expect(map.get(n)).toBe(String(n))
    }
  })

  it('makes room by what was asked for least recently', () => {
    const map = filled(4, 4)
    map.get(0)
    map.get(2)

    map.set(4, '4')
    map.set(5, '5')

    expect([...map.values()].sort()).toEqual(['0', '2', '4', '5'])
  })

  it('makes room when all of it was asked for', () => {
    const map = filled(4, 4)
    for (let n = 0; n < 4; n++) map.get(n)

    map.set(4, '4')

    expect(map.values()).toEqual(['1', '2', '3', '4'])
  })

  it('forgets what is deleted, and everything when it is cleared', () => {
    const map = filled(10, 8)

    map.delete(0)
    map.delete(7)
    expect([map.get(0), map.get(7), map.get(6)]).toEqual([undefined, undefined, '6'])

    map.clear()
    expect(map.values()).toEqual([])
  })
})
