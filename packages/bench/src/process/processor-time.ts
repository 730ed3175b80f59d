import { readdirSync, readFileSync } from 'node:fs'

/** The unit of the times in `/proc` is USER_HZ, which is 100 on every Linux that runs Node.js. */
const TICKS_PER_SECOND = 100

/** The parent of every thread of the kernel. */
const KERNEL = '2'

/**
 * The processor time in `/proc/<pid>/stat`, in seconds, with that of its children that have ended. Nothing for a thread of
 * the kernel: it works for those who are measured as well. The second field is the name in parentheses, which may hold
 * spaces and parentheses.
 */
export function parseProcessTime(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[1] === KERNEL) return 0
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND
}

/** The time that other guests of the same host took from this machine, in seconds: the `steal` of `/proc/stat`. */
export function parseStolenTime(stat: string): number {
  const [, , , , , , , , stolen = '0'] = (stat.split('\n')[0] ?? '').split(/\s+/)
  return Number(stolen) / TICKS_PER_SECOND
}

/**
 * Watches all processes but the named ones. What it returns says the share of one core that they have used since; `undefined`
 * where there is no `/proc`.
 */
export function watchOthers(own: readonly number[]): () => number | undefined {
  const [start, before] = [performance.now(), readOthersTime(new Set(own))]
  return () => shareOf(before, readOthersTime(new Set(own)), (performance.now() - start) / 1000)
}

/** The share of one core that others used between two readings of their processor time, in seconds. */
export function shareOf(
  before: number | undefined,
  after: number | undefined,
  seconds: number,
): number | undefined {
  if (before === undefined || after === undefined || seconds <= 0) return undefined
  return Math.max(0, after - before) / seconds
}

/**
 * The processor time of everything but the named processes so far, in seconds, with what was stolen; `undefined` where there
 * is no `/proc`. The time of a process that ends moves to the parent that waited for it, so the difference of two readings
 * includes processes that came and went. The total of `/proc/stat` would not do: it is sampled, and differs from the sum of
 * all processes by up to a tenth of a core in a second.
 */
function readOthersTime(own: ReadonlySet<number>): number | undefined {
  try {
    const others = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && !own.has(Number(name)))
    const times = others.map((pid) => timeOf(`/proc/${pid}/stat`))
    return times.reduce((sum, time) => sum + time, parseStolenTime(readFileSync('/proc/stat', 'utf8')))
  } catch {
    return undefined
  }
}

function timeOf(path: string): number {
  try {
    return parseProcessTime(readFileSync(path, 'utf8'))
  } catch {
    // It has ended since the folder was read.
    return 0
  }
}
