import type { Sample } from '../measurement/sample.ts'
import { readUsage } from '../process/usage.ts'
import type { LoadTarget } from './fire.ts'
import type { Generator, WindowOrder } from './generator.ts'

/**
 * Loads a server for one window and returns what was measured of it. Rejects unless every answer was a success, because other
 * answers are not the work to measure. No answer at all is a rate of nothing: others may have had the whole machine.
 */
export async function measureWindow(
  generator: Generator,
  order: WindowOrder,
  { pid, cores, signal }: LoadTarget,
): Promise<Sample> {
  const before = readUsage(pid)
  const report = await generator.run(order, { cores, signal })
  const after = readUsage(pid)
  if (report.failures > 0) {
    throw new Error(`${report.failures} failures in ${report.requests} requests under load`)
  }
  return {
    perSecond: report.perSecond,
    requests: report.requests,
    p50: report.p50,
    p99: report.p99,
    generatorBusy: report.busy,
    ...(after && { memory: after.memory }),
    ...(before &&
      after &&
      report.requests > 0 && {
        cpuMicros: ((after.cpuSeconds - before.cpuSeconds) / report.requests) * 1e6,
      }),
  }
}
