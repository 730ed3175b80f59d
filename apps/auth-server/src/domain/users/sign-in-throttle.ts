import type { Clock } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { type AttemptThrottle, createAttemptThrottle } from '../attempts/attempt-throttle.ts'
import { networkOf } from '../attempts/network.ts'
import { overloaded } from './overloaded.ts'
import { findSignInUnlock, saveSignInDelay } from './sign-in-store.ts'

const HOUR = 3600

/** How many failed sign-ins are borne, and how long the next attempt then has to wait. */
const LIMITS = {
  /** A person mistyping: ten tries. NIST SP 800-63B §5.2.2 allows no more than 100 in a row. */
  nameFromNetwork: { free: 10, longest: HOUR, forgottenAfter: 24 * HOUR, most: 100 },
  /** One address trying many accounts. */
  network: { free: 100, longest: 60, forgottenAfter: HOUR / 4 },
  /** One account tried from many addresses, none of which its owner ever signed in from. */
  name: { free: 50, longest: HOUR, forgottenAfter: 24 * HOUR, most: 100 },
} as const

/** Slows down the guessing of passwords, and keeps one address from taking all of the threads that hash them. */
export interface SignInThrottle {
  readonly attempt: AttemptThrottle
  /**
   * Takes one of the places an address may have among the passwords that wait for a thread, and gives it back when the
   * returned function is called. Throws `overloaded` when they are taken: the rest is for everybody else.
   */
  readonly enter: (address: string) => () => void
}

/** Creates a throttle that counts in this process; an address may have `placesPerAddress` sign-ins under way. */
export function createSignInThrottle({
  placesPerAddress,
  ...deps
}: {
  readonly placesPerAddress: number
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
          // After the answer, which must not come later for a name that somebody has. It is there to be shown: when it
          // cannot be written, the failures count all the same.
          setImmediate(() => void saveSignInDelay(db, delay).catch(() => {}))
        },
      },
    }),
    enter: (address) => {
      const network = networkOf(address)
      const places = underWay.get(network) ?? 0
      if (places >= placesPerAddress) throw overloaded()
      underWay.set(network, places + 1)
      return () => {
        const left = (underWay.get(network) ?? 1) - 1
        if (left === 0) underWay.delete(network)
        else underWay.set(network, left)
      }
    },
  }
}
