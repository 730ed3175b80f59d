import type { Clock, Seconds } from '@countersign/shared'
import QuickLRU from 'quick-lru'

/** How many failures are borne, and how the wait after the next ones grows. */
export interface BackOff {
  /** This many failures cause no wait. After them the wait is 1 s, 2 s, 4 s …, twice as long after each. */
  readonly free: number
  /** No wait is longer. */
  readonly longest: Seconds
  /** This long after the last failure all of them are forgotten. */
  readonly forgottenAfter: Seconds
  /** After this many in a row the next attempt waits until they are forgotten; absent for no such limit. */
  readonly most?: number
}

/** Counts failures by key, in this process, in memory that has an upper bound. */
export interface FailureCounter {
  /** How long the next attempt has to wait; 0 for no wait. */
  readonly waitOf: (key: string) => Seconds
  /**
   * Counts a failure and returns 0; while an attempt would have to wait, counts nothing and returns how long. `unlock`
   * names the last time that somebody had the failures before it forgotten.
   */
  readonly count: (key: string, unlock?: Seconds) => Seconds
  readonly forget: (key: string) => void
  /** Forgets failures that were counted before this unlock: under another one, whatever any clock says. */
  readonly forgetBefore: (key: string, unlock: Seconds | undefined) => void
  /** How many keys are remembered. */
  readonly size: () => number
}

interface Failures {
  readonly count: number
  readonly last: Seconds
  readonly unlock: Seconds | undefined
}

/**
 * Half of them are for keys that have to wait, half for the others: somebody who invents keys evicts other invented keys
 * first. To evict a victim that has to wait, as many invented keys must be made to wait themselves.
 */
const MAX_KEYS = 100_000

/** A QuickLRU keeps up to twice its `maxSize`, and there are two of them. */
const MAX_SIZE = MAX_KEYS / 4

/** Creates a counter for one kind of key. */
export function createFailureCounter(backOff: BackOff, now: Clock): FailureCounter {
  const borne = new QuickLRU<string, Failures>({ maxSize: MAX_SIZE })
  const waiting = new QuickLRU<string, Failures>({ maxSize: MAX_SIZE })

  function find(key: string): Failures | undefined {
    const failures = waiting.get(key) ?? borne.get(key)
    if (!failures || now() - failures.last > backOff.forgottenAfter) return undefined
    if (failures.last <= now()) return failures
    // The clock was set back: the wait begins now, or it would not end before the clock is there again.
    const dated = { ...failures, last: now() }
    remember(key, dated)
    return dated
  }

  function remember(key: string, failures: Failures): void {
    forget(key)
    const kept = failures.count < backOff.free ? borne : waiting
    kept.set(key, failures)
  }

  function forget(key: string): void {
    borne.delete(key)
    waiting.delete(key)
  }

  function waitOf(key: string): Seconds {
    const failures = find(key)
    if (!failures) return 0
    return Math.max(0, failures.last + delayAfter(failures.count, backOff) - now())
  }

  return {
    waitOf,
    count: (key, unlock) => {
      const wait = waitOf(key)
      if (wait === 0) remember(key, { count: (find(key)?.count ?? 0) + 1, last: now(), unlock })
      return wait
    },
    forget,
    forgetBefore: (key, unlock) => {
      const failures = find(key)
      if (failures && failures.unlock !== unlock) forget(key)
    },
    size: () => [...borne.keys(), ...waiting.keys()].length,
  }
}

function delayAfter(count: number, { free, longest, forgottenAfter, most }: BackOff): Seconds {
  if (count < free) return 0
  if (most !== undefined && count >= most) return forgottenAfter
  return Math.min(longest, 2 ** (count - free))
}
