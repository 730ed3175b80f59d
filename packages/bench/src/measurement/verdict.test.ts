import { expect, it } from 'vitest'
import { judge } from './verdict.ts'

it.each([
  [{}, 'good'],
  [{ generatorBusy: 0.9, othersShare: 0.05 }, 'good'],
  [{ generatorBusy: 0.5, othersShare: 0.06 }, 'disturbed'],
  [{ generatorBusy: 0.91, othersShare: 0 }, 'outrun'],
  [{ generatorBusy: 0.91, othersShare: 0.5 }, 'outrun'],
])('judges a window with %j as %s', (observed, verdict) => {
  expect(judge({ perSecond: 1, requests: 1, ...observed })).toBe(verdict)
})
