import { resolve } from 'node:path'
import { ROOT } from './process/paths.ts'

/** How long and how often the bench measures, and where it writes the results. */
export interface Settings {
  /** The folder of the results page. Set another one for experiments. */
  readonly docs: string
  /** The duration of one measurement, in seconds. */
  readonly seconds: number
  /** How often all candidates are measured in both directions: A B C … C B A. */
  readonly rounds: number
  /** The number of users in each database of `scale`, the smallest first. */
  readonly sizes: readonly number[]
  /** The databases on which `revoking` is measured: SQLite, PostgreSQL. */
  readonly databases: readonly string[]
}

/** Short enough that `resource` as a whole takes less than ten minutes on two cores. */
const DEFAULTS = { seconds: 3, rounds: 2, sizes: '1000 100000 1000000', databases: 'SQLite PostgreSQL' }

/**
 * Reads `BENCH_SECONDS`, `BENCH_ROUNDS`, `BENCH_SIZES`, `BENCH_DATABASES` and `BENCH_DOCS`. Throws when a number is not
 * above zero.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  return {
    docs: resolve(ROOT, env.BENCH_DOCS || 'docs'),
    seconds: positive('BENCH_SECONDS', env.BENCH_SECONDS, DEFAULTS.seconds),
    rounds: Math.ceil(positive('BENCH_ROUNDS', env.BENCH_ROUNDS, DEFAULTS.rounds)),
    sizes: (env.BENCH_SIZES || DEFAULTS.sizes).split(' ').map((size) => positive('BENCH_SIZES', size, 0)),
    databases: (env.BENCH_DATABASES || DEFAULTS.databases).split(' '),
  }
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') return otherwise
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) throw new Error(`${name} must be a number above zero: ${text}`)
  return value
}
