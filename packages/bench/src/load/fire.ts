import { join } from 'node:path'
import type { Sample } from '../measurement/sample.ts'
import { PEERS } from '../process/paths.ts'
import { runProgram } from '../process/program.ts'
import { readUsage } from '../process/usage.ts'

/** The order for the load generator; see `peers/tools/load.js`. */
export interface LoadOrder {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly connections: number
  /** The duration, or the number of requests. */
  readonly seconds?: number
  readonly amount?: number
  /** A file of bearer tokens, one per line, and how many of them to use. Each connection uses its own tokens, in turn. */
  readonly tokenFile?: string
  readonly count?: number
}

/** The report of the load generator. */
export interface LoadReport {
  /** All requests, and those that count: the first ones warm up the generator. */
  readonly total: number
  readonly requests: number
  readonly elapsed: number
  readonly p50: number
  readonly p99: number
  readonly statuses: Readonly<Record<string, number>>
  readonly errors: number
  readonly busy: number
}

/** The server under load, and the cores of the load generator. */
export interface LoadTarget {
  /** The process of the server, whose processor time and memory are read. */
  readonly pid: number
  readonly cores: string | undefined
  readonly signal: AbortSignal
}

/**
 * Sends requests and returns what was measured of the server. Rejects unless every answer was 200, because other answers
 * are not the work to measure.
 */
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
    requests: report.requests,
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
