import { join } from 'node:path'
import type { Sample } from '../measurement/sample.ts'
import { PEERS } from '../process/paths.ts'
import { runProgram } from '../process/program.ts'
import { readUsage } from '../process/usage.ts'

/** What is asked of the load generator; see `peers/tools/load.js`. */
export interface LoadOrder {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly connections: number
  /** How long, or how many requests. */
  readonly seconds?: number
  readonly amount?: number
  /** Bearer tokens, one a line, and which of them to use; every connection has its own, in turn. */
  readonly tokenFile?: string
  readonly from?: number
  readonly count?: number
}

/** What the load generator reports. */
export interface LoadReport {
  /** All there were, and those that counted: the first ones warm up the generator. */
  readonly total: number
  readonly requests: number
  readonly elapsed: number
  readonly p50: number
  readonly p99: number
  readonly statuses: Readonly<Record<string, number>>
  readonly errors: number
  readonly busy: number
}

/** Who is loaded, and from which cores. */
export interface LoadTarget {
  /** Of the server; its processor time and memory are read. */
  readonly pid: number
  readonly cores: string | undefined
  readonly signal: AbortSignal
}

/** Fires requests and says what the server made of them. Rejects unless every answer was 200: the rest is no work. */
export async function fire(order: LoadOrder, { pid, cores, signal }: LoadTarget): Promise<Sample> {
  const before = readUsage(pid)
  const report = await runLoad(order, cores, signal)
  const after = readUsage(pid)
  const answered = report.statuses['200'] ?? 0
  if (report.errors > 0 || answered !== report.total || answered === 0) {
    throw new Error(`answered ${JSON.stringify(report.statuses)} with ${report.errors} errors under load`)
  }
  return {
    perSecond: report.requests / report.elapsed,
    p50: report.p50,
    p99: report.p99,
    generatorBusy: report.busy,
    ...(before &&
      after && {
        cpuMicros: ((after.cpuSeconds - before.cpuSeconds) / report.total) * 1e6,
        memory: after.memory,
      }),
  }
}

async function runLoad(
  order: LoadOrder,
  cores: string | undefined,
  signal: AbortSignal,
): Promise<LoadReport> {
  const options = { args: [join(PEERS, 'tools/load.js')], input: JSON.stringify(order), cores }
  return (await runProgram(options, signal)) as LoadReport
}
