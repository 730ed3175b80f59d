import type { Sample, Standing } from '../measurement/sample.ts'
import { spreadOf } from '../measurement/statistics.ts'
import type { Column, Row, Table } from './table.ts'

/** The subject of a comparison: its title, the name of one unit of work, and which standing is the limit. */
export interface ComparisonOptions {
  readonly title: string
  readonly note?: string
  readonly unit: string
  /** The name of the limit that ratios refer to. */
  readonly limit: string
}

/** The table of a comparison: the result of each candidate, and its ratio to ours and to the limit in the same run. */
export function comparisonTable(options: ComparisonOptions, standings: readonly Standing[]): Table {
  const { title, note, unit, limit } = options
  const ours = medianRate(standings.find((one) => one.kind === 'ours'))
  const limitRate = medianRate(standings.find((one) => one.name === limit))
  const columns: Column[] = [
    { key: 'perSecond', title: `${unit}/s`, digits: ours !== undefined && ours < 100 ? 1 : 0 },
    { key: 'p50', title: 'p50 ms', digits: 2 },
    { key: 'p99', title: 'p99 ms', digits: 2 },
    { key: 'cpuMicros', title: `CPU µs/${unit.replace(/s$/, '')}`, digits: 0 },
    { key: 'memory', title: 'memory MB', digits: 0 },
    { key: 'ofOurs', title: 'of ours', digits: 2 },
    { key: 'ofLimit', title: `of ${limit}`, digits: 2 },
  ]
  return {
    title,
    ...(note !== undefined && { note }),
    columns,
    rows: standings.map((standing) => rowOf(standing, ours, limitRate)),
    charted: 'perSecond',
  }
}

function rowOf(standing: Standing, ours: number | undefined, limit: number | undefined): Row {
  const { name, kind } = standing
  if ('failed' in standing) return { title: name, kind, failed: standing.failed, cells: {} }
  const rate = medianRate(standing)
  const spread = (of: (sample: Sample) => number | undefined) =>
    spreadOf(standing.samples.flatMap((sample) => of(sample) ?? []))
  return {
    title: name,
    kind,
    cells: {
      perSecond: spread((sample) => sample.perSecond),
      p50: spread((sample) => sample.p50),
      p99: spread((sample) => sample.p99),
      cpuMicros: spread((sample) => sample.cpuMicros),
      memory: spread((sample) => sample.memory && sample.memory / 1e6),
      ofOurs: ratio(rate, ours),
      ofLimit: ratio(rate, limit),
    },
  }
}

function medianRate(standing: Standing | undefined): number | undefined {
  if (!standing || 'failed' in standing) return undefined
  return spreadOf(standing.samples.map((sample) => sample.perSecond))?.median
}

function ratio(rate: number | undefined, base: number | undefined): number | undefined {
  return rate === undefined || base === undefined ? undefined : rate / base
}
