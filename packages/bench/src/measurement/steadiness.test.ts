import { describe, expect, it } from 'vitest'
import { isSteady, warmUp } from './steadiness.ts'

describe('a rate', () => {
  it.each([
    ['too few windows', [100, 100], false],
    ['the last three within 5 % of their mean', [10, 98, 100, 103], true],
    ['one of the last three apart', [100, 100, 94, 100], false],
    ['still rising', [80, 90, 100], false],
  ])('%s', (_what, rates, steady) => {
    expect(isSteady(rates)).toBe(steady)
  })
})

describe('a warm-up', () => {
  const windowsOf = (rates: readonly number[]) => {
    const left = [...rates]
    return async () => {
      const rate = left.shift() ?? Number.NaN
      return { perSecond: rate, requests: rate }
    }
  }

  it('ends when the rate is steady and enough was done', async () => {
    const report = await warmUp({ requests: 500, seconds: 60 }, windowsOf([50, 100, 100, 100, 101, 102, 103]))

    expect(report).toMatchObject({ rates: [50, 100, 100, 100, 101, 102], requests: 553, outcome: 'steady' })
  })

  it('goes on while the rate is not steady, however much was done', async () => {
    const { rates, outcome } = await warmUp({ requests: 1, seconds: 60 }, windowsOf([1, 200, 300, 300, 300]))

    expect([rates.length, outcome]).toEqual([5, 'steady'])
  })

  it('ends when its time is over', async () => {
    const report = await warmUp({ requests: 1000, seconds: 1e-9 }, windowsOf([7]))

    expect(report).toMatchObject({ rates: [7], requests: 7, outcome: 'out of time' })
  })
})
