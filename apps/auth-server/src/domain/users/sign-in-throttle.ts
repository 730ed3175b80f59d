import { isIPv6 } from 'node:net'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { OAuthError } from '../../oauth/error.ts'
import { hashSecret } from '../../oauth/secret.ts'
import { overloaded } from './overloaded.ts'

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

/**
 * Counts failed sign-ins per account and address; every replica counts for itself. An unknown account counts like any
 * other, so having to wait tells nothing about it. Both verbs throw `too_many_attempts`.
 */
export interface SignInThrottle {
  /**
   * Refuses when there have been too many failures. Ask before an attempt, to save the work, and again before a success
   * is told: of many guesses made at once, no more are answered than of guesses made one by one.
   */
  readonly admit: (attempt: SignInAttempt) => Promise<void>
  /**
   * Counts a failure, and refuses when it is one too many. What is over for the account from this address counts no
   * further: one address alone cannot use up what an account may bear from everywhere.
   */
  readonly countFailure: (attempt: SignInAttempt) => Promise<void>
  /**
   * Takes one of the places an address may have among the passwords that wait for a thread, and gives it back when the
   * returned function is called. Throws `overloaded` when they are taken: the rest is for everybody else.
   */
  readonly enter: (attempt: SignInAttempt) => () => void
}

/** Creates a throttle that remembers in this process; an address may have `placesPerAddress` sign-ins under way. */
export function createSignInThrottle({
  placesPerAddress,
}: {
  readonly placesPerAddress: number
}): SignInThrottle {
  const underWay = new Map<string, number>()
  const limiters = {
    accountFromAddress: new RateLimiterMemory(LIMITS.accountFromAddress),
    address: new RateLimiterMemory(LIMITS.address),
    account: new RateLimiterMemory(LIMITS.account),
  }
  const counters = ({ username, address }: SignInAttempt) => {
    const network = networkOf(address)
    return [
      {
        limit: 'account from this address',
        limiter: limiters.accountFromAddress,
        key: hashSecret(`${network} ${username}`),
      },
      { limit: 'address', limiter: limiters.address, key: network },
      { limit: 'account', limiter: limiters.account, key: hashSecret(username) },
    ]
  }

  return {
    admit: async (attempt) => {
      for (const { limit, limiter, key } of counters(attempt)) {
        const count = await limiter.get(key)
        if (count && count.consumedPoints >= limiter.points) throw tooManyAttempts(count, limit)
      }
    },
    countFailure: async (attempt) => {
      for (const { limit, limiter, key } of counters(attempt)) {
        const count = await consume(limiter, key)
        if (count.kind === 'over') throw tooManyAttempts(count.count, limit)
      }
    },
    enter: ({ address }) => {
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

/** rate-limiter-flexible rejects with the count itself when it is over the limit, and with an error for a fault. */
async function consume(limiter: RateLimiterMemory, key: string) {
  try {
    return { kind: 'within', count: await limiter.consume(key) } as const
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return { kind: 'over', count: refusal } as const
    throw refusal
  }
}

function tooManyAttempts(count: RateLimiterRes, limit: string): OAuthError {
  return new OAuthError('too_many_attempts', 'Too many failed sign-ins: wait a while before the next try.', {
    event: 'rate_limited',
    detail: `limit of the ${limit}`,
    headers: { 'retry-after': String(Math.max(1, Math.ceil(count.msBeforeNext / 1000))) },
  })
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
