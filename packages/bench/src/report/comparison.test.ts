import { expect, it } from 'vitest'
import type { Sample } from '../measurement/sample.ts'
import { comparisonTable } from './comparison.ts'

const window = (perSecond: number, more: Partial<Sample> = {}): Sample => ({
  perSecond,
  requests: perSecond,
  ...more,
})
const calm = { warmUps: [], repeated: 0, disturbed: 0 }

it('gives ratios of the best third of the windows to ours and to the limit', () => {
  const { rows } = comparisonTable({ title: 'A', unit: 'requests', limit: 'bare' }, [
    { name: 'us', kind: 'ours', samples: [window(90), window(100), window(20)], ...calm },
    { name: 'them', kind: 'peer', samples: [window(50, { memory: 50e6 })], ...calm },
    { name: 'broken', kind: 'peer', failed: 'it does not start' },
    { name: 'bare', kind: 'limit', samples: [window(200)], ...calm },
  ])

  expect(rows.map(({ title, cells, failed }) => [title, cells.ofOurs, cells.ofLimit, failed])).toEqual([
    ['us', 1, 0.5, undefined],
    ['them', 0.5, 0.25, undefined],
    ['broken', undefined, undefined, 'it does not start'],
    ['bare', 2, 1, undefined],
  ])
  expect(rows[0]?.cells.perSecond).toEqual({ median: 90, min: 20, max: 100 })
  expect(rows[1]?.cells.memory).toBe(50)
})

it('says of the windows what was not as it should be', () => {
  const rates = [10, 11]
  const { rows } = comparisonTable({ title: 'A', unit: 'requests', limit: 'bare' }, [
    { name: 'us', kind: 'ours', samples: [window(1), window(2)], ...calm },
    {
      name: 'them',
      kind: 'peer',
      samples: [window(1)],
      warmUps: [{ rates, requests: 21, seconds: 2, outcome: 'out of time' }],
      repeated: 20,
      disturbed: 1,
    },
  ])

  expect(rows.map(({ cells }) => cells.windows)).toEqual([
    '2',
    '1, 20 repeated, 1 disturbed, warm-up out of time',
  ])
})
