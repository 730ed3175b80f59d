import type { Sample, Standing } from '../measurement/sample.ts'
import { bestThird, spreadOf } from '../measurement/statistics.ts'
import type { Column, Row, Table } from './table.ts'

/** The subject of a comparison: its title, the name of one unit of work, and which standing is the limit. */
export interface ComparisonOptions {
  readonly title: string
  readonly note?: string
  readonly unit: string
  /** The name of the limit that ratios refer to. */
  readonly limit: string
}

/**
 * The table of a comparison: the result of each candidate, and its ratio to ours and to the limit in the same run. Ratios
 * are of the best third of the windows: what disturbs a window only makes it slower.
 */
export function comparisonTable(options: ComparisonOptions, standings: readonly Standing[]): Table {
  const { title, note, unit, limit } = options
  const ours = bestRate(standings.find((one) => one.kind === 'ours'))
  const limitRate = bestRate(standings.find((one) => one.name === limit))
  const digits = ours !== undefined && ours < 100 ? 2 : 0
  const columns: Column[] = [
    { key: 'best', title: `${unit}/s, best third`, digits },
    { key: 'perSecond', title: 'median (min–max)', digits },
    { key: 'p50', title: 'p50 ms', digits: 2 },
    { key: 'p99', title: 'p99 ms', digits: 2 },
    { key: 'cpuMicros', title: `CPU µs/${unit.replace(/s$/, '')}`, digits: 0 },
    { key: 'memory', title: 'memory MB', digits: 0 },
    { key: 'windows', title: 'windows', digits: 0 },
    { key: 'ofOurs', title: 'of ours', digits: 2 },
    { key: 'ofLimit', title: `of ${limit}`, digits: 2 },
  ]
  return {
    title,
    ...(note !== undefined && { note }),
    columns,
    rows: standings.map((standing) => rowOf(standing, ours, limitRate)),
    charted: 'perSecond',
    details: standings,
  }
}

function rowOf(standing: Standing, ours: number | undefined, limit: number | undefined): Row {
  const { name, kind } = standing
  if ('failed' in standing) return { title: name, kind, failed: standing.failed, cells: {} }
  const best = bestRate(standing)
  const spread = (of: (sample: Sample) => number | undefined) =>
    spreadOf(standing.samples.flatMap((sample) => of(sample) ?? []))
  return {
    title: name,
    kind,
    cells: {
      best,
      perSecond: spread((sample) => sample.perSecond),
      p50: spread((sample) => sample.p50)?.median,
      p99: spread((sample) => sample.p99)?.median,
      cpuMicros: spread((sample) => sample.cpuMicros)?.median,
      memory: spread((sample) => sample.memory && sample.memory / 1e6)?.median,
      windows: windowsOf(standing),
      ofOurs: ratio(best, ours),
      ofLimit: ratio(best, limit),
    },
  }
}

/** How many windows count, and what was not as it should be. */
function windowsOf({ samples, repeated, disturbed, warmUps }: Exclude<Standing, { failed: string }>): string {
  const hurried = warmUps.some(({ outcome }) => outcome === 'out of time')
  return [
    String(samples.length),
    ...(repeated > 0 ? [`${repeated} repeated`] : []),
    ...(disturbed > 0 ? [`${disturbed} disturbed`] : []),
    ...(hurried ? ['warm-up out of time'] : []),
  ].join(', ')
}

function bestRate(standing: Standing | undefined): number | undefined {
  if (!standing || 'failed' in standing) return undefined
  return bestThird(standing.samples.map((sample) => sample.perSecond))
}

function ratio(rate: number | undefined, base: number | undefined): number | undefined {
  return rate === undefined || base === undefined ? undefined : rate / base
}
