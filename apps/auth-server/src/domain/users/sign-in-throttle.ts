import { isIPv6 } from 'node:net'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { OAuthError } from '../../oauth/error.ts'

/** Who tries to sign in, and from where. */
export interface SignInAttempt {
  readonly username: string
  readonly address: string
}

/** How many failures are borne before the next attempt has to wait, and for how long they count, in seconds. */
const LIMITS = {
  /** A person mistyping: ten tries. */
  accountFromAddress: { points: 10, duration: 15 * 60 },
  /** One address trying many accounts; several people may share it. */
  address: { points: 100, duration: 15 * 60 },
  /** One account tried from many addresses: NIST SP 800-63B §5.2.2 allows no more than 100. */
  account: { points: 100, duration: 60 * 60 },
} as const

/** Counts failed sign-ins per account and address; every replica counts for itself. */
export interface SignInThrottle {
  /**
   * Counts an attempt as failed before it is made, so that many at once cannot slip through together.
   * Throws `too_many_attempts`. An unknown account counts like any other: the answer tells nothing about it.
   */
  readonly begin: (attempt: SignInAttempt) => Promise<void>
  /** The attempt was no failure after all: it succeeded, or was never made. */
  readonly forgive: (attempt: SignInAttempt) => Promise<void>
}

/** Creates a throttle that remembers in this process. */
export function createSignInThrottle(): SignInThrottle {
  const limiters = {
    accountFromAddress: new RateLimiterMemory(LIMITS.accountFromAddress),
    address: new RateLimiterMemory(LIMITS.address),
    account: new RateLimiterMemory(LIMITS.account),
  }
  const counted = ({ username, address }: SignInAttempt) => {
    const network = networkOf(address)
    return [
      [limiters.address, network],
      [limiters.accountFromAddress, `${network} ${username}`],
      [limiters.account, username],
    ] as const
  }

  return {
    begin: async (attempt) => {
      const passed: (readonly [RateLimiterMemory, string])[] = []
      for (const [limiter, key] of counted(attempt)) {
        try {
          await limiter.consume(key)
          passed.push([limiter, key])
        } catch (refusal) {
          if (!(refusal instanceof RateLimiterRes)) throw refusal
          // An attempt that is refused is not made, so it must not count against the buckets it had passed.
          await Promise.all(passed.map(([earlier, earlierKey]) => earlier.reward(earlierKey)))
          throw new OAuthError(
            'too_many_attempts',
            'Too many failed sign-ins: wait a while before the next try.',
            {
              event: 'rate_limited',
              headers: { 'retry-after': String(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))) },
            },
          )
        }
      }
    },
    forgive: async (attempt) => {
      await Promise.all(counted(attempt).map(([limiter, key]) => limiter.reward(key)))
    },
  }
}

/** An IPv6 user has a whole /64 to come from; it counts as one address. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address
  const [head = '', tail = ''] = address.split('::')
  const groups = head.split(':')
  const missing = address.includes('::') ? 8 - groups.length - tail.split(':').length : 0
  return [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...tail.split(':')]
    .slice(0, 4)
    .join(':')
}
