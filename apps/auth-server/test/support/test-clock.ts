import type { Clock, Seconds } from '@countersign/shared'

/** A clock that stands still until it is told to move. */
export interface TestClock {
  readonly now: Clock
  readonly advance: (seconds: Seconds) => void
}

/** Starts at the machine's time, so that clients which read their own clock agree with it. */
export function createTestClock(): TestClock {
  let instant = Math.floor(Date.now() / 1000)
  return {
    now: () => instant,
    advance: (seconds) => {
      instant += seconds
    },
  }
}
