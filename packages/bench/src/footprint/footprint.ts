import type { Group } from '../bench.ts'
import { describeDeployments } from './deployments.ts'
import { measureMemory } from './memory.ts'
import { measureStarts } from './starts.ts'

/** What both servers need: the time to start, the memory to run, the size of the deployment. */
export const footprintGroup: Group = {
  name: 'footprint',
  title: 'Footprint',
  run: async (bench) => {
    await measureStarts(bench)
    await measureMemory(bench)
    await describeDeployments(bench)
  },
}
