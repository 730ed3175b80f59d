import { join } from 'node:path'
import { PEERS } from '../process/paths.ts'
import type { WindowOrder, WindowReport } from './generator.ts'

/** How long wrk waits for an answer before it counts as a failure, in seconds. */
const ANSWER_TIMEOUT_SECONDS = 30

/** The command line of wrk for a window, with `peers/tools/window.lua`. */
export function wrkArguments({
  url,
  method,
  headers = {},
  body = '',
  connections,
  seconds,
  tokens,
  from = 0,
}: WindowOrder): readonly string[] {
  return [
    '--threads=1',
    `--connections=${connections}`,
    // wrk takes whole seconds only.
    `--duration=${Math.ceil(seconds)}s`,
    `--timeout=${ANSWER_TIMEOUT_SECONDS}s`,
    `--script=${join(PEERS, 'tools/window.lua')}`,
    ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    url,
    '--',
    method,
    body,
    tokens?.file ?? '',
    String(tokens?.count ?? 0),
    String(from),
  ]
}

/** Reads the last line that wrk printed, which `window.lua` writes. Throws when it is something else. */
export function parseWrkReport(output: string): WindowReport {
  const line = output.trimEnd().split('\n').at(-1) ?? ''
  if (!line.startsWith('{')) throw new Error(`wrk reports nothing: ${output.trim().slice(-300)}`)
  const report = JSON.parse(line) as Readonly<Record<string, number>>
  const numberOf = (name: string): number => {
    const value = report[name]
    if (typeof value !== 'number') throw new Error(`wrk does not report ${name}: ${line}`)
    return value
  }
  const [requests, seconds] = [numberOf('requests'), numberOf('micros') / 1e6]
  return {
    requests,
    perSecond: requests / seconds,
    p50: numberOf('p50Micros') / 1000,
    p99: numberOf('p99Micros') / 1000,
    failures: numberOf('refused') + numberOf('broken'),
    busy: numberOf('cpuSeconds') / seconds,
  }
}
