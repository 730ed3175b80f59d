import type { Clock, Seconds } from '@countersign/shared'
import { OAuthError } from '../../oauth/error.ts'
import { hashSecret } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import { type BackOff, createFailureCounter } from './failure-counter.ts'
import { createFamiliarNetworks } from './familiar-networks.ts'

/** Who is said to authenticate, and from where. */
export interface Claimant {
  readonly name: string
  /** The network it comes from, as `networkOf` names it. */
  readonly network: string
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
   * What is guessed. What people choose can be guessed, so a success too soon after failures is refused. 256 random bits
   * cannot be guessed, so a subject is admitted where it has authenticated before, whatever another instance of it, or a
   * neighbour behind the same address, does wrong.
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
  /** What an operator may know of the failures of a name, and do about them; absent where there is nothing to. */
  readonly operator?: {
    /** Names the last time that somebody had the failures of a name forgotten; `undefined` for never, and for no such name. */
    readonly findUnlock: (name: string) => Promise<Seconds | undefined>
    /** Told when a failure makes the next attempts under a name wait, and for how long; waits for nothing. */
    readonly onDelay: (delay: Delay) => void
  }
}

/** How long attempts under a name have to wait, some or all of them, and since which unlock. */
export interface Delay {
  readonly name: string
  readonly until: Seconds
  readonly unlock: Seconds | undefined
}

/**
 * Slows down guessing, by who is claimed to authenticate and from where; every process counts for itself. An unknown name
 * counts like any other, so a wait tells nothing about it. A subject never waits for the failures of others on a network
 * where it has authenticated before. Failures that an operator has unlocked are forgotten when they would next cause a wait.
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

  return ({ name, network }) => {
    const subject = `${nouns} ${name}`
    const keys = { nameFromNetwork: keyOf(`${network} ${subject}`), network, name: keyOf(subject) }
    const waitOf = (limit: keyof typeof counters) => ({ limit, seconds: counters[limit].waitOf(keys[limit]) })
    const isStranger = async () => !(await familiar.knows(subject, network))

    const findRefusal = async (): Promise<Wait | undefined> => {
      const own = waitOf('nameFromNetwork')
      if (secrets === 'chosen' && own.seconds > 0) return own
      const longest = [own, waitOf('network'), waitOf('name')].toSorted(
        (one, other) => other.seconds - one.seconds,
      )[0]
      return longest && longest.seconds > 0 && (await isStranger()) ? longest : undefined
    }

    /** Asked before a refusal and with a failure, for a name that nobody has as well: a success costs no look-up. */
    const forgetUnlocked = async (): Promise<Seconds | undefined> => {
      const unlock = await options.operator?.findUnlock(name)
      counters.nameFromNetwork.forgetBefore(keys.nameFromNetwork, unlock)
      counters.name.forgetBefore(keys.name, unlock)
      return unlock
    }

    return {
      admit: async () => {
        if (!(await findRefusal())) return
        await forgetUnlocked()
        refuse(await findRefusal())
      },
      fail: async () => {
        const unlock = await forgetUnlocked()
        const count = (limit: keyof typeof counters) =>
          refuse({ limit, seconds: counters[limit].count(keys[limit], unlock) })
        const tellDelay = (...limits: (keyof typeof counters)[]) => {
          const wait = Math.max(...limits.map((limit) => waitOf(limit).seconds))
          if (wait > 0) options.operator?.onDelay({ name, until: now() + wait, unlock })
        }

        count('nameFromNetwork')
        if (!(await isStranger())) return tellDelay('nameFromNetwork')
        count('network')
        count('name')
        tellDelay('nameFromNetwork', 'name')
      },
      succeed: async () => {
        // NIST SP 800-63B §5.2.2. A familiar client does not wait anyway, and its neighbours shall not begin anew.
        if (secrets === 'chosen') counters.nameFromNetwork.forget(keys.nameFromNetwork)
        await familiar.remember(subject, network)
      },
    }
  }

  function refuse({ limit, seconds }: Wait = NO_WAIT): void {
    if (seconds === 0) return
    throw new OAuthError('too_many_attempts', options.refusal, {
      event: 'rate_limited',
      detail: `limit of the ${DETAILS[limit]}`,
      retryAfter: seconds,
    })
  }
}

/** What an attempt waits for. */
interface Wait {
  readonly limit: keyof AttemptThrottleOptions['limits']
  readonly seconds: Seconds
}

const NO_WAIT: Wait = { limit: 'name', seconds: 0 }

/** For the log. */
const DETAILS = { nameFromNetwork: 'name from this address', network: 'address', name: 'name' } as const

/** 128 bits of a hash: names are of any length, and nobody finds two with the same. */
function keyOf(text: string): string {
  return hashSecret(text).slice(0, 22)
}
