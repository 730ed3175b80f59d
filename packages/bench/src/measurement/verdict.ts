import { setTimeout as pause } from 'node:timers/promises'
import { watchOthers } from '../process/processor-time.ts'
import type { Sample } from './sample.ts'

/** Above this share of one core, what other processes did has changed the figure. */
const QUIET_SHARE = 0.05

/** Above this share of its core the load generator is the limit, and the figure says too little about the server. */
const GENERATOR_LIMIT = 0.9

/** `disturbed` counts when there was no better one. `outrun` never counts. */
export type Verdict = 'good' | 'disturbed' | 'outrun'

/** What a window is worth. What this system cannot report is taken to be good. */
export function judge({ generatorBusy = 0, othersShare = 0 }: Sample): Verdict {
  if (generatorBusy > GENERATOR_LIMIT) return 'outrun'
  return othersShare > QUIET_SHARE ? 'disturbed' : 'good'
}

/** How long others are watched each time, in milliseconds, and how many times at most. */
const WATCH = { milliseconds: 500, times: 10 } as const

/** Waits until others leave the machine alone, but only so long: they may never do. */
export async function untilQuiet(own: readonly number[]): Promise<void> {
  for (let watched = 0; watched < WATCH.times; watched++) {
    const shareSoFar = watchOthers(own)
    await pause(WATCH.milliseconds)
    if ((shareSoFar() ?? 0) <= QUIET_SHARE) return
  }
}
