import { describe, expect, it } from 'vitest'
import { parseAge, parseMaxAge, remainingLife } from './freshness.ts'

describe('the age of an answer', () => {
  it.each([
    ['0', 0],
    ['7', 7],
    [' 7 ', 7],
    ['0007', 7],
    ['7, 9', 7],
    ['99999999999999999999', 2 ** 31],
    ['9'.repeat(400), 2 ** 31],
  ])('of %j is %i [RFC 9111 §5.1]', (age, seconds) => {
    expect(parseAge(new Headers({ age }))).toBe(seconds)
  })

  it.each(['', '-7', '+7', '7.5', '1e3', '0x10', 'seven', '7s', '"7"', ', 7', 'NaN', 'Infinity'])(
    'is none when it says %j',
    (age) => {
      expect(parseAge(new Headers({ age }))).toBe(0)
    },
  )

  it('is none when it does not say, whatever its date', () => {
    expect(parseAge(new Headers({ date: 'Thu, 01 Jan 1970 00:00:00 GMT' }))).toBe(0)
  })
})

it.each([
  ['max-age=10', 10],
  ['public, Max-Age=10, stale-if-error=86400', 10],
  ['s-maxage=10', undefined],
  ['max-age=-1', undefined],
  ['', undefined],
])('%j is fresh for %s seconds [RFC 9111 §5.2.2.1]', (cacheControl, seconds) => {
  expect(parseMaxAge(new Headers({ 'cache-control': cacheControl }))).toBe(seconds)
})

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
  expect(remainingLife(life, age, { shortest: 1, otherwise: 60, longest: 3600 })).toBe(left)
})
