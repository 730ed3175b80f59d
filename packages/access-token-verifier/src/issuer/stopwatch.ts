/** Measures how long things take, in milliseconds, and is never set back; injected so that tests need not wait. */
export interface Stopwatch {
  elapsed(): number
  /** Calls `run` once, later, without keeping the process alive for it; the returned function calls it off. */
  after(milliseconds: number, run: () => void): () => void
}

/** The machine's monotonic clock: a corrected wall clock neither ages a key set nor ends a cool-down. */
export const systemStopwatch: Stopwatch = {
  elapsed: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
