import type { Clock } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { type AttemptThrottle, createAttemptThrottle } from '../attempts/attempt-throttle.ts'

const MINUTE = 60

/** Nobody guesses 256 bits: it is the guessing that shall cost them something, and us nothing. So no wait is long. */
const LIMITS = {
  /** A deployment with an old secret tries again and again; when it gets the new one, it works within a minute. */
  nameFromNetwork: { free: 10, longest: MINUTE, forgottenAfter: 60 * MINUTE },
  network: { free: 100, longest: MINUTE, forgottenAfter: 15 * MINUTE },
  /** A new instance from a new address waits a minute at most while somebody guesses from everywhere. */
  name: { free: 100, longest: MINUTE, forgottenAfter: 60 * MINUTE },
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
