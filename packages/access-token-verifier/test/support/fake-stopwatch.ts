import type { Stopwatch } from '../../src/issuer/stopwatch.ts'

/** A stopwatch that stands still until it is advanced, and then runs what is due, in order. */
export interface FakeStopwatch extends Stopwatch {
  advance(milliseconds: number): void
}

/** Begins at 0. */
export function createFakeStopwatch(): FakeStopwatch {
  const timers = new Set<{ readonly at: number; readonly run: () => void }>()
  let now = 0
  return {
    elapsed: () => now,
    after(milliseconds, run) {
      const timer = { at: now + milliseconds, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance(milliseconds) {
      now += milliseconds
      for (const timer of [...timers].sort((a, b) => a.at - b.at)) {
        if (timer.at > now || !timers.delete(timer)) continue
        timer.run()
      }
    },
  }
}
