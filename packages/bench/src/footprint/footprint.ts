import type { Group } from '../bench.ts'
import { describeDeployments } from './deployments.ts'
import { measureMemory } from './memory.ts'
import { measureStarts } from './starts.ts'

/** What both servers weigh: to start, to run, to carry. */
export const footprintGroup: Group = {
  name: 'footprint',
  title: 'Footprint',
  run: async (bench) => {
    await measureStarts(bench)
    await measureMemory(bench)
    await describeDeployments(bench)
  },
}
