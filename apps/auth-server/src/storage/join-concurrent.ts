import { setTimeout as pause } from 'node:timers/promises'

/**
 * Lets one call at a time run: a caller that comes while it is under way gets its outcome, whatever the arguments. So the
 * database is asked once, however many want to know at the same moment.
 */
export function joinConcurrent<Arguments extends readonly unknown[], Result>(
  run: (...given: Arguments) => Promise<Result>,
): (...given: Arguments) => Promise<Result> {
  let underWay: Promise<Result> | undefined
  return (...given) => {
    underWay ??= run(...given).finally(() => {
      underWay = undefined
    })
    return underWay
  }
}

/** Waits until a promise has settled, whatever its outcome, and for so long at most. */
export async function settledWithin(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  await Promise.race([promise.catch(() => {}), pause(milliseconds, undefined, { ref: false })])
}
