import { expect, it } from 'vitest'
import type { Bench } from '../bench.ts'
import type { Table } from '../report/table.ts'
import { readSettings, THOROUGH } from '../settings.ts'
import { type Candidate, compete } from './compete.ts'
import type { Sample } from './sample.ts'

/** Measures candidates with two generations of three windows, and returns the last table. */
async function tableOf(candidates: readonly Candidate[]): Promise<Table | undefined> {
  const kept: Table[] = []
  const bench: Bench = {
    // Without repeats, because what else this machine does is no part of the test.
    settings: readSettings({}, { ...THOROUGH, windows: 6, generations: 2, repeats: 0 }),
    cores: { server: undefined, load: undefined },
    signal: new AbortController().signal,
    progress: () => {},
    keep: (table) => void kept.push(table),
  }
  await compete(bench, { title: 'A', unit: 'requests', limit: 'bare' }, candidates)
  return kept.at(-1)
}

function candidate(name: string, runWindow: () => Sample): Candidate {
  return { name, kind: 'peer', start: async () => ({ runWindow: async () => runWindow() }) }
}

it('measures all in turn, there and back, with new processes in each generation', async () => {
  const seen: string[] = []
  const seenBy = (name: string): Candidate => ({
    name,
    kind: 'peer',
    start: async () => {
      seen.push(`start ${name}`)
      let cold = 3
      return {
        warmUp: { requests: 20, seconds: 60 },
        runWindow: async () => {
          seen.push(cold > 0 ? `warm ${name}` : name)
          cold -= 1
          return { perSecond: 7, requests: 7 }
        },
      }
    },
  })
  await tableOf([seenBy('A'), seenBy('B')])
  const generation = 'start A,warm A,warm A,warm A,start B,warm B,warm B,warm B,A,B,B,A,A,B'

  expect(seen.join(',')).toBe(`${generation},${generation}`)
})

it('lists what does not start, what fails and what outruns the generator, and measures the others', async () => {
  const broken: Candidate = {
    name: 'broken',
    kind: 'peer',
    start: async () => {
      throw new Error('an expired token gets 200')
    },
  }
  const table = await tableOf([
    candidate('fine', () => ({ perSecond: 10, requests: 10 })),
    broken,
    candidate('failing', () => {
      throw new Error('3 failures')
    }),
    candidate('fast', () => ({ perSecond: 70_000, requests: 70_000, generatorBusy: 0.97 })),
  ])

  expect(table?.rows.map(({ title, failed, cells }) => [title, failed, cells.best])).toEqual([
    ['fine', undefined, 10],
    ['broken', 'an expired token gets 200', undefined],
    ['failing', '3 failures', undefined],
    ['fast', 'it outruns the load generator, at 70,000/s and more', undefined],
  ])
})
