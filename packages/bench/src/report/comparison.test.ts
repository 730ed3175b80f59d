import { expect, it } from 'vitest'
import { comparisonTable } from './comparison.ts'

it('gives ratios of medians to ours and to the limit', () => {
  const { rows } = comparisonTable({ title: 'A', unit: 'requests', limit: 'bare' }, [
    { name: 'us', kind: 'ours', samples: [{ perSecond: 90 }, { perSecond: 100 }, { perSecond: 80 }] },
    { name: 'them', kind: 'peer', samples: [{ perSecond: 45, memory: 50e6 }] },
    { name: 'broken', kind: 'peer', failed: 'it does not start' },
    { name: 'bare', kind: 'limit', samples: [{ perSecond: 180 }] },
  ])

  expect(rows.map(({ title, cells, failed }) => [title, cells.ofOurs, cells.ofLimit, failed])).toEqual([
    ['us', 1, 0.5, undefined],
    ['them', 0.5, 0.25, undefined],
    ['broken', undefined, undefined, 'it does not start'],
    ['bare', 2, 1, undefined],
  ])
  expect(rows[1]?.cells.memory).toEqual({ median: 50, min: 50, max: 50 })
})
