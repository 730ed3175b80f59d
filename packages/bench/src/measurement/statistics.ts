/** Summarizes repeated measurements: the median, and how far they are apart. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** The spread of some values; `undefined` when there are none. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const [min, max] = [sorted[0], sorted.at(-1)]
  if (min === undefined || max === undefined) return undefined
  return { median: middleOf(sorted), min, max }
}

/** The value below which a share of the values is, by the nearest rank. Throws when there are no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new RangeError('there is no percentile of nothing')
  return value
}

/** The mean of the highest third of some values, at least of one; `undefined` when there are none. */
export function bestThird(values: readonly number[]): number | undefined {
  const best = values.toSorted((a, b) => b - a).slice(0, Math.ceil(values.length / 3))
  return best.length === 0 ? undefined : best.reduce((sum, value) => sum + value, 0) / best.length
}

function middleOf(sorted: readonly number[]): number {
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2
}
