import { expect, it } from 'vitest'
import { parseMaxAge } from './fetch-document.ts'

it.each([
  ['max-age=10', 10],
  ['public, Max-Age=10, stale-if-error=86400', 10],
  ['s-maxage=10', undefined],
  ['max-age=-1', undefined],
  ['', undefined],
])('%j is fresh for %s seconds [RFC 9111 §5.2.2.1]', (cacheControl, seconds) => {
  expect(parseMaxAge(new Headers({ 'cache-control': cacheControl }))).toBe(seconds)
})
