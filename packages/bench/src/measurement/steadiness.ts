/** How many warm-up windows are compared, and how far apart the fastest and the slowest may be, as a share of their mean. */
const STEADY = { windows: 3, apart: 0.05 } as const

/** True when the last windows of a warm-up were about equally fast. */
export function isSteady(rates: readonly number[]): boolean {
  const last = rates.slice(-STEADY.windows)
  if (last.length < STEADY.windows) return false
  const mean = last.reduce((sum, rate) => sum + rate, 0) / last.length
  return Math.max(...last) - Math.min(...last) <= STEADY.apart * mean
}

/** How much a process must have done before it is measured, and how long that may take. */
export interface WarmUp {
  readonly requests: number
  /** The most that a warm-up takes, so that a slow candidate does not take forever. */
  readonly seconds: number
}

/** What the warm-up of one process was. It goes into the raw results. */
export interface WarmUpReport {
  readonly rates: readonly number[]
  readonly requests: number
  readonly seconds: number
  readonly outcome: 'steady' | 'out of time'
}

/** Runs windows until their rate is steady and enough requests were made, or until the time is over. */
export async function warmUp(
  { requests, seconds }: WarmUp,
  runWindow: () => Promise<{ readonly perSecond: number; readonly requests: number }>,
): Promise<WarmUpReport> {
  const start = performance.now()
  const rates: number[] = []
  let done = 0
  for (;;) {
    const window = await runWindow()
    rates.push(window.perSecond)
    done += window.requests
    const taken = (performance.now() - start) / 1000
    const isReady = done >= requests && isSteady(rates)
    if (isReady || taken >= seconds) {
      return { rates, requests: done, seconds: taken, outcome: isReady ? 'steady' : 'out of time' }
    }
  }
}
