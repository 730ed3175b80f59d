import { join } from 'node:path'
import { PEERS } from '../process/paths.ts'
import { isOnPath, runCommand, runProgram } from '../process/program.ts'
import type { Settings } from '../settings.ts'
import type { LoadReport } from './fire.ts'
import { parseWrkReport, wrkArguments } from './wrk.ts'

/** A file of bearer tokens, one per line. They are used in turn, again and again. */
export interface TokenSet {
  readonly file: string
  /** How many of its lines are used. */
  readonly count: number
}

/** The order for one window of load. */
export interface WindowOrder {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly connections: number
  readonly seconds: number
  readonly tokens?: TokenSet
  /** After how many of the tokens it begins. */
  readonly from?: number
}

/** What a load generator saw in a window. Latencies are in milliseconds. */
export interface WindowReport {
  /** All that were answered, also while the generator itself was warming up. The other figures are of what came after. */
  readonly requests: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  /** Answers other than success, and requests without an answer. */
  readonly failures: number
  /** The share of its core that the generator used. */
  readonly busy: number
}

/** A load generator: a process of its own for each window. */
export interface Generator {
  readonly name: 'wrk' | 'autocannon'
  readonly run: (
    order: WindowOrder,
    options: { readonly cores: string | undefined; readonly signal: AbortSignal },
  ) => Promise<WindowReport>
}

/** wrk where it is installed, because it needs a fraction of the processor time of autocannon; autocannon otherwise. */
export function findGenerator(): Generator {
  return isOnPath('wrk') ? wrk : autocannon
}

const wrk: Generator = {
  name: 'wrk',
  run: async (order, { cores, signal }) =>
    parseWrkReport(await runCommand({ command: 'wrk', args: wrkArguments(order), cores }, signal)),
}

const autocannon: Generator = {
  name: 'autocannon',
  run: async ({ tokens, from = 0, ...order }, { cores, signal }) => {
    const input = JSON.stringify({
      ...order,
      ...(tokens && { tokenFile: tokens.file, count: tokens.count, from }),
    })
    const args = [join(PEERS, 'tools/load.js')]
    const report = (await runProgram({ args, input, cores }, signal)) as LoadReport
    const { total, requests, elapsed, p50, p99, busy } = report
    const failures = total - (report.statuses['200'] ?? 0) + report.errors
    return { requests: total, perSecond: requests === 0 ? 0 : requests / elapsed, p50, p99, failures, busy }
  },
}

/** Says in a note how the windows of a table are loaded and chosen. */
export function describeLoad({ windows, generations }: Settings, connections: number): string {
  return (
    `${findGenerator().name} with ${connections} connections; windows of 1 s in turn, ${windows} that count for each, over ` +
    `${generations} generations of processes that are warmed up until their rate is steady. A window in which others used ` +
    'more than 5 % of a core is repeated.'
  )
}
