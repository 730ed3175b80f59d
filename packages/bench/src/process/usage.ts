import { readFileSync } from 'node:fs'

/** What a process has used so far. */
export interface Usage {
  /** User and system time of all its threads. */
  readonly cpuSeconds: number
  /** Resident memory, in bytes. */
  readonly memory: number
}

/** The unit of the times in `/proc/<pid>/stat`: USER_HZ, which is 100 on every Linux that runs Node.js. */
const TICKS_PER_SECOND = 100

/** Reads it from `/proc`; `undefined` where there is none. */
export function readUsage(pid: number): Usage | undefined {
  try {
    // The second field is the program's name in brackets, which may itself hold spaces and brackets.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    return { cpuSeconds: ticks / TICKS_PER_SECOND, memory: kilobytes * 1024 }
  } catch {
    return undefined
  }
}
