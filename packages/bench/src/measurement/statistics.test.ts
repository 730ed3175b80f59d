import { describe, expect, it } from 'vitest'
import { bestThird, percentile, spreadOf } from './statistics.ts'

describe('a spread', () => {
  it('is the middle, the least and the most of an odd number of values', () => {
    expect(spreadOf([30, 10, 20])).toEqual({ median: 20, min: 10, max: 30 })
  })

  it('takes the mean of the two in the middle of an even number', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 })
  })

  it('is nothing of nothing', () => {
    expect(spreadOf([])).toBeUndefined()
  })
})

describe('a percentile', () => {
  it('is a value that was measured', () => {
    const values = Array.from({ length: 100 }, (_value, index) => 100 - index)

    expect([percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)]).toEqual([50, 99, 100])
  })

  it('refuses to be of nothing', () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError)
  })
})

describe('the best third', () => {
  it.each([
    [[4, 9, 2, 6, 8, 1], 8.5],
    [[1, 5, 2, 4], 4.5],
    [[3], 3],
  ])('of %j has the mean %d', (values, mean) => {
    expect(bestThird(values)).toBe(mean)
  })

  it('is nothing of nothing', () => {
    expect(bestThird([])).toBeUndefined()
  })
})
