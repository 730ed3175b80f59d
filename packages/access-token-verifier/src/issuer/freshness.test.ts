import { expect, it } from 'vitest'
import { parseMaxAge, remainingLifetime } from './freshness.ts'

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
  expect(remainingLifetime(life, age, { shortest: 1, otherwise: 60, longest: 3600 })).toBe(left)
})
