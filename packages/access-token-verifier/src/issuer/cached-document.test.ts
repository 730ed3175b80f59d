import { expect, it } from 'vitest'
import { remainingLifetime } from './cached-document.ts'

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
