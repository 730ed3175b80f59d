import type { Clock } from '@countersign/shared'
import { OAuthError } from '../../oauth/error.ts'
import type { Database } from '../../storage/database.ts'
import { type AttemptThrottle, createAttemptThrottle } from '../attempts/attempt-throttle.ts'
import { findSignInUnlock, saveSignInDelay } from './sign-in-store.ts'

const HOUR_SECONDS = 3600

/** How many failed sign-ins are borne, and how long the next attempt then has to wait. */
const LIMITS = {
  /** A person mistyping: ten tries. NIST SP 800-63B §5.2.2 allows no more than 100 in a row. */
  nameFromNetwork: { free: 10, longest: HOUR_SECONDS, forgottenAfter: 24 * HOUR_SECONDS, most: 100 },
  /** One address trying many accounts. */
  network: { free: 100, longest: 60, forgottenAfter: HOUR_SECONDS / 4 },
  /** One account tried from many addresses, none of which its owner ever signed in from. */
  name: { free: 50, longest: HOUR_SECONDS, forgottenAfter: 24 * HOUR_SECONDS, most: 100 },
} as const

/** Slows down the guessing of passwords, and keeps one address from taking all of the threads that hash them. */
export interface SignInThrottle {
  readonly attempt: AttemptThrottle
  /**
   * Reserves one of the entries that a network has in the queue of passwords to hash; the returned function gives it back.
   * Throws `overloaded` when the network has reserved all of them: the others are for other networks.
   */
  readonly reserveEntry: (network: string) => () => void
}

/** Creates a throttle that counts in this process; a network has `entriesPerNetwork` sign-ins under way at most. */
export function createSignInThrottle({
  entriesPerNetwork,
  ...deps
}: {
  readonly entriesPerNetwork: number
  readonly db: Database
  readonly now: Clock
}): SignInThrottle {
  const { db } = deps
  const underWay = new Map<string, number>()
  return {
    attempt: createAttemptThrottle({
      ...deps,
      nouns: 'users',
      secrets: 'chosen',
      limits: LIMITS,
      refusal: 'Too many failed sign-ins: wait a while before the next try.',
      operator: {
        findUnlock: (name) => findSignInUnlock(db, name),
        onDelay: (delay) => {
          // After the answer, which must not take longer for a name that exists. An operator sees the delay; the failures
          // count even when it cannot be written.
          setImmediate(() => void saveSignInDelay(db, delay).catch(() => {}))
        },
      },
    }),
    reserveEntry: (network) => {
      const entries = underWay.get(network) ?? 0
      if (entries >= entriesPerNetwork) throw overloaded()
      underWay.set(network, entries + 1)
      return () => {
        const left = (underWay.get(network) ?? 1) - 1
        if (left === 0) underWay.delete(network)
        else underWay.set(network, left)
      }
    },
  }
}

/** The refusal when more passwords wait than can be hashed within a few seconds. */
export function overloaded(): OAuthError {
  return new OAuthError('overloaded', 'Too many people are signing in at once: try again in a few seconds.', {
    retryAfter: 5,
  })
}
