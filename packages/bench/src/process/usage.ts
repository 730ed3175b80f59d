import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** What a process has used so far. */
export interface Usage {
  /** User and system time of all its threads, in seconds. */
  readonly cpuSeconds: number
  /** Resident memory, in bytes. */
  readonly memory: number
}

/** The unit of the times in `/proc/<pid>/stat` is USER_HZ, which is 100 on every Linux that runs Node.js. */
const TICKS_PER_SECOND = 100

/** Reads the usage of a process from `/proc`; `undefined` where there is no `/proc`. */
export function readUsage(pid: number): Usage | undefined {
  try {
    // The second field is the program's name in parentheses. The name may itself contain spaces and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    return { cpuSeconds: ticks / TICKS_PER_SECOND, memory: kilobytes * 1024 }
  } catch {
    return undefined
  }
}

/** Below this share of one core a server has no work left; only its timers run. */
const IDLE_SHARE = 0.1

/** How long the process is watched each time, in seconds, and how many times at most. */
const WATCH = { seconds: 0.3, times: 200 }

/** Waits until a process has finished its remaining work, so that earlier work is not in the next measurement. */
export async function untilIdle(pid: number): Promise<void> {
  for (let watched = 0; watched < WATCH.times; watched++) {
    const before = readUsage(pid)
    await pause(WATCH.seconds * 1000)
    const after = readUsage(pid)
    if (!before || !after) return
    if ((after.cpuSeconds - before.cpuSeconds) / WATCH.seconds < IDLE_SHARE) return
  }
}
