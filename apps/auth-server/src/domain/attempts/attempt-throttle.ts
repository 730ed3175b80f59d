import type { Clock, Seconds } from '@countersign/shared'
import { OAuthError } from '../../oauth/error.ts'
import { hashSecret } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import { type BackOff, createFailureCounter } from './failure-counter.ts'
import { createFamiliarNetworks } from './familiar-networks.ts'
import { networkOf } from './network.ts'

/** Who is said to authenticate, and from where. */
export interface Claimant {
  readonly name: string
  readonly address: string
}

/** One attempt to authenticate. Each verb throws `too_many_attempts`. */
export interface Attempt {
  /**
   * Refuses when there have been too many failures. Ask before the attempt, to save the work, and again before a success
   * is told: of many guesses made at once, no more are answered than of guesses made one by one.
   */
  readonly admit: () => Promise<void>
  /** Counts a failure; refuses, and counts nothing, when it is one too many. */
  readonly fail: () => Promise<void>
  /** Ends the failures that came from here, and makes the network familiar. */
  readonly succeed: () => Promise<void>
}

/** Begins an attempt. */
export type AttemptThrottle = (claimant: Claimant) => Attempt

export interface AttemptThrottleOptions {
  readonly db: Database
  readonly now: Clock
  /** Whose names they are, so that a user and a client of one name are two. */
  readonly nouns: 'users' | 'clients'
  /**
   * What is guessed. What people choose can be guessed, so a success that comes too soon after failures is refused. Of
   * 256 random bits it cannot: where the subject has proven itself before, it is let in whatever an instance beside it,
   * or a neighbour behind the same address, gets wrong.
   */
  readonly secrets: 'chosen' | 'random'
  readonly limits: {
    /** Failures of one name from one network. */
    readonly nameFromNetwork: BackOff
    /** Failures from one network, whatever the name; several people may share it. */
    readonly network: BackOff
    /** Failures of one name from networks that it has never authenticated from. */
    readonly name: BackOff
  }
  /** What the client is told. */
  readonly refusal: string
}

/**
 * Slows down guessing, by who is claimed to authenticate and from where; every process counts for itself. An unknown name
 * counts like any other, so having to wait tells nothing about it. Where a subject has authenticated before, it never
 * waits for what others did.
 *
 * This folder owns failures, waits and familiar networks. It does not own passwords, secrets or keys.
 */
export function createAttemptThrottle(options: AttemptThrottleOptions): AttemptThrottle {
  const { now, limits, nouns, secrets } = options
  const familiar = createFamiliarNetworks(options)
  const counters = {
    nameFromNetwork: createFailureCounter(limits.nameFromNetwork, now),
    network: createFailureCounter(limits.network, now),
    name: createFailureCounter(limits.name, now),
  }

  return ({ name, address }) => {
    const network = networkOf(address)
    const subject = `${nouns} ${name}`
    const keys = { nameFromNetwork: keyOf(`${network} ${subject}`), network, name: keyOf(subject) }
    const waits = (verb: 'waitOf' | 'count', kind: keyof typeof counters) => ({
      limit: kind,
      seconds: counters[kind][verb](keys[kind]),
    })
    const isStranger = async () => !(await familiar.knows(subject, network))

    return {
      admit: async () => {
        const own = waits('waitOf', 'nameFromNetwork')
        if (secrets === 'chosen') refuse(own)
        const longest = [own, waits('waitOf', 'network'), waits('waitOf', 'name')].toSorted(
          (one, other) => other.seconds - one.seconds,
        )[0]
        if (longest && longest.seconds > 0 && (await isStranger())) refuse(longest)
      },
      fail: async () => {
        refuse(waits('count', 'nameFromNetwork'))
        if (!(await isStranger())) return
        refuse(waits('count', 'network'))
        refuse(waits('count', 'name'))
      },
      succeed: async () => {
        // NIST SP 800-63B §5.2.2. A familiar client does not wait anyway, and its neighbours shall not begin anew.
        if (secrets === 'chosen') counters.nameFromNetwork.forget(keys.nameFromNetwork)
        await familiar.remember(subject, network)
      },
    }
  }

  function refuse({
    limit,
    seconds,
  }: {
    readonly limit: keyof typeof counters
    readonly seconds: Seconds
  }): void {
    if (seconds === 0) return
    throw new OAuthError('too_many_attempts', options.refusal, {
      event: 'rate_limited',
      detail: `limit of the ${DETAILS[limit]}`,
      headers: { 'retry-after': String(seconds) },
    })
  }
}

/** For the log. */
const DETAILS = { nameFromNetwork: 'name from this address', network: 'address', name: 'name' } as const

/** 128 bits of a hash: names are of any length, and nobody finds two with the same. */
function keyOf(text: string): string {
  return hashSecret(text).slice(0, 22)
}
