import { resolve } from 'node:path'
import { ROOT } from './process/paths.ts'

/** How long is measured and how often, and where it is shown. */
export interface Settings {
  /** The folder of the page; another one for trying things out. */
  readonly docs: string
  /** The length of one measurement. */
  readonly seconds: number
  /** How often all candidates are measured there and back: A B C … C B A. */
  readonly rounds: number
  /** How many users the databases of `scale` have, the smallest first. */
  readonly sizes: readonly number[]
  /** On which databases `revoking` is measured: SQLite, PostgreSQL. */
  readonly databases: readonly string[]
}

/** Short enough that the whole of `resource` takes less than ten minutes on two cores. */
const DEFAULTS = { seconds: 3, rounds: 2, sizes: '1000 100000 1000000', databases: 'SQLite PostgreSQL' }

/** Reads `BENCH_SECONDS`, `BENCH_ROUNDS`, `BENCH_SIZES`, `BENCH_DATABASES` and `BENCH_DOCS`. Throws when a number is none above zero. */
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
