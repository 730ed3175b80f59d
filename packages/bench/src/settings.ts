import { resolve } from 'node:path'
import type { WarmUp } from './measurement/steadiness.ts'
import { ROOT } from './process/paths.ts'

/** How long and how often the bench measures, and where it writes the results. */
export interface Settings {
  /** The folder of the results page. Set another one for experiments. */
  readonly docs: string
  /** How many windows of a candidate count, over all generations of processes. */
  readonly windows: number
  /** How often all candidates of a table are started anew. */
  readonly generations: number
  /** How many windows of a candidate are measured again at most. */
  readonly repeats: number
  /** What a process must have done before it is measured: one that verifies tokens, and one that issues them. */
  readonly warmUp: { readonly verifying: WarmUp; readonly issuing: WarmUp }
  /** The duration of one measurement of the groups without windows, in seconds. */
  readonly seconds: number
  /** How often those measure there and back: A B C … C B A. */
  readonly rounds: number
  /** The number of users in each database of `scale`, the smallest first. */
  readonly sizes: readonly number[]
  /** The number of authorizations that `revoking` ends. */
  readonly authorizations: number
  /** The databases on which `revoking` is measured: SQLite, PostgreSQL. */
  readonly databases: readonly string[]
}

/** How thorough a run is: the settings that nobody set. */
export type Thoroughness = Omit<Settings, 'docs' | 'sizes' | 'authorizations' | 'databases'>

/** What goes into the page. In its time a candidate with 4,000 requests a second makes the 100,000. */
export const THOROUGH: Thoroughness = {
  windows: 12,
  generations: 2,
  repeats: 20,
  warmUp: { verifying: { requests: 100_000, seconds: 27 }, issuing: { requests: 5_000, seconds: 20 } },
  seconds: 3,
  rounds: 2,
}

/** For judging a change: one workload in about a minute. */
export const QUICK: Thoroughness = {
  ...THOROUGH,
  windows: 6,
  repeats: 6,
  warmUp: { verifying: { requests: 25_000, seconds: 7 }, issuing: { requests: 3_000, seconds: 6 } },
}

const DEFAULT_SIZES = '1000 100000 1000000'
const DEFAULT_AUTHORIZATIONS = 200_000
const DEFAULT_DATABASES = 'SQLite PostgreSQL'

/**
 * Reads `BENCH_WINDOWS`, `BENCH_GENERATIONS`, `BENCH_SECONDS`, `BENCH_ROUNDS`, `BENCH_SIZES`,
 * `BENCH_AUTHORIZATIONS`, `BENCH_DATABASES` and `BENCH_DOCS`. Throws when a number is not above zero.
 */
export function readSettings(
  env: Readonly<Record<string, string | undefined>>,
  otherwise: Thoroughness,
): Settings {
  const count = (name: string, fallback: number) => Math.ceil(positive(name, env[name], fallback))
  return {
    ...otherwise,
    docs: resolve(ROOT, env.BENCH_DOCS || 'docs'),
    windows: count('BENCH_WINDOWS', otherwise.windows),
    generations: count('BENCH_GENERATIONS', otherwise.generations),
    seconds: positive('BENCH_SECONDS', env.BENCH_SECONDS, otherwise.seconds),
    rounds: count('BENCH_ROUNDS', otherwise.rounds),
    sizes: (env.BENCH_SIZES || DEFAULT_SIZES).split(' ').map((size) => positive('BENCH_SIZES', size, 0)),
    authorizations: count('BENCH_AUTHORIZATIONS', DEFAULT_AUTHORIZATIONS),
    databases: (env.BENCH_DATABASES || DEFAULT_DATABASES).split(' '),
  }
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') return otherwise
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) throw new Error(`${name} must be a number above zero: ${text}`)
  return value
}
