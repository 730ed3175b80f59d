import type { Clock } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { type AttemptThrottle, createAttemptThrottle } from '../attempts/attempt-throttle.ts'

const MINUTE_SECONDS = 60

/** Nobody guesses 256 random bits. The limits keep guessing from costing us much, so no wait is long. */
const LIMITS = {
  /** A deployment with an old secret tries again and again. With the new one it works within a minute. */
  nameFromNetwork: { free: 10, longest: MINUTE_SECONDS, forgottenAfter: 60 * MINUTE_SECONDS },
  network: { free: 100, longest: MINUTE_SECONDS, forgottenAfter: 15 * MINUTE_SECONDS },
  /** While somebody guesses from many addresses, a new instance at a new address waits for a minute at most. */
  name: { free: 100, longest: MINUTE_SECONDS, forgottenAfter: 60 * MINUTE_SECONDS },
} as const

/** Creates the throttle of client authentication: secrets and assertions, whichever endpoint they come to. */
export function createClientThrottle(deps: { readonly db: Database; readonly now: Clock }): AttemptThrottle {
  return createAttemptThrottle({
    ...deps,
    nouns: 'clients',
    secrets: 'random',
    limits: LIMITS,
    refusal: 'Too many failed attempts to authenticate as this client: wait a while before the next try.',
  })
}
