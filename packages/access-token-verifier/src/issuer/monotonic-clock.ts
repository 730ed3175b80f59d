/** Measures durations in milliseconds and is never set back. Injected, so that tests do not have to wait. */
export interface MonotonicClock {
  now(): number
  /** Calls `run` once, later, and does not keep the process alive for it. The returned function cancels the call. */
  after(milliseconds: number, run: () => void): () => void
}

/** The machine's monotonic clock: a wall clock that is corrected neither ages a key set nor ends a back-off. */
export const systemMonotonicClock: MonotonicClock = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Resolves when the promise has settled, or after so many milliseconds, whichever comes first. */
export async function settledWithin(
  promise: Promise<void>,
  milliseconds: number,
  monotonicClock: MonotonicClock,
): Promise<void> {
  let cancel = () => {}
  const timeout = new Promise<void>((resolve) => {
    cancel = monotonicClock.after(milliseconds, resolve)
  })
  await Promise.race([promise, timeout])
  cancel()
}
