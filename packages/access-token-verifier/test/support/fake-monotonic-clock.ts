import type { MonotonicClock } from '../../src/issuer/monotonic-clock.ts'

/** A monotonicClock that stands still until it is advanced, and then runs what is due, in order. */
export interface FakeMonotonicClock extends MonotonicClock {
  advance(milliseconds: number): void
}

/** Begins at 0. */
export function createFakeMonotonicClock(): FakeMonotonicClock {
  const timers = new Set<{ readonly at: number; readonly run: () => void }>()
  let now = 0
  return {
    now: () => now,
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
