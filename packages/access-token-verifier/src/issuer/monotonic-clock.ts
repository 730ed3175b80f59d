/** Measures how long things take, in milliseconds, and is never set back; injected so that tests need not wait. */
export interface MonotonicClock {
  now(): number
  /** Calls `run` once, later, without keeping the process alive for it; the returned function calls it off. */
  after(milliseconds: number, run: () => void): () => void
}

/** The machine's monotonic clock: a corrected wall clock neither ages a key set nor ends a back-off. */
export const systemMonotonicClock: MonotonicClock = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
