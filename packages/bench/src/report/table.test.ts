import { expect, it } from 'vitest'
import { renderTable } from './table.ts'

it('shows medians with minimum and maximum, and what failed with the reason', () => {
  const markdown = renderTable({
    title: 'One reused token',
    note: 'Ten connections.',
    columns: [
      { key: 'perSecond', title: 'requests/s', digits: 0 },
      { key: 'p99', title: 'p99 ms', digits: 2 },
      { key: 'ofOurs', title: 'of ours', digits: 2 },
    ],
    rows: [
      {
        title: 'ours',
        kind: 'ours',
        cells: { perSecond: { median: 17_000, min: 16_500, max: 17_400 }, p99: undefined, ofOurs: 1 },
      },
      { title: 'theirs', kind: 'peer', failed: 'an expired token gets\n200 | not 401', cells: {} },
    ],
  })

  expect(markdown).toBe(`### One reused token

Ten connections.

|  | requests/s | p99 ms | of ours |
| --- | ---: | ---: | ---: |
| **ours** | 17,000 (16,500–17,400) | – | 1.00 |
| theirs | not measured: an expired token gets 200 \\| not 401 |  |  |`)
})
