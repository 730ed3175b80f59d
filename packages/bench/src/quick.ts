import type { Bench, Group } from './bench.ts'
import * as resource from './resource/candidates.ts'
import { compareResourceServers } from './resource/resource.ts'
import { WORKLOADS } from './resource/workloads.ts'
import type { Build } from './servers/build.ts'
import * as token from './token/candidates.ts'
import { compareTokenServers } from './token/token.ts'

/** The names on the command line, and the workloads that each of them stands for. */
const TOKEN_WORKLOAD = 'client-credentials'
const QUICK_NAMES = ['resource', 'token', ...WORKLOADS.map(({ name }) => name), TOKEN_WORKLOAD]

/** What `quick` is told: the names of workloads, all when there are none, and what to compare with. */
export interface QuickOptions {
  readonly names: readonly string[]
  readonly baseline: Build | undefined
}

/** Measures in a few minutes what judges a change: ours, and the baseline, beside the most important others. */
export function quickGroup({ names, baseline }: QuickOptions): Group {
  const unknown = names.filter((name) => !QUICK_NAMES.includes(name))
  if (unknown.length > 0)
    throw new Error(`There is no workload ${unknown.join(', ')}: name ${QUICK_NAMES.join(', ')}.`)
  const isNamed = (...choice: readonly string[]) =>
    names.length === 0 || choice.some((name) => names.includes(name))
  const workloads = WORKLOADS.filter(({ name }) => isNamed('resource', name))
  return {
    name: 'quick',
    title: 'Quick',
    run: async (bench: Bench) => {
      if (workloads.length > 0) {
        const candidates = withBaseline(resource.MAIN_CANDIDATES, baseline && resource.baseline(baseline))
        await compareResourceServers(bench, workloads, () => candidates)
      }
      if (isNamed('token', TOKEN_WORKLOAD)) {
        await compareTokenServers(
          bench,
          withBaseline(token.MAIN_CANDIDATES, baseline && token.baseline(baseline)),
        )
      }
    },
  }
}

/** The baseline comes next to ours, so that both see the same machine. */
function withBaseline<T>([ours, ...others]: readonly T[], baseline: T | undefined): readonly T[] {
  return [ours, baseline, ...others].filter((one) => one !== undefined)
}
