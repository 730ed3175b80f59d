import type { Seconds } from '@countersign/shared'
import { type LifetimeBounds, remainingLifetime } from './freshness.ts'
import type { StatusList } from './status-list-token.ts'
import { statusAt, uniteStatuses } from './statuses.ts'

/** A list lives as its `ttl` says, within reason: never fetched in a loop, never left unasked for a day. */
const LIFETIME: LifetimeBounds = { shortest: 1, otherwise: 60, longest: 3600 }
/** How long a list without `exp` may serve while the issuer is away, in seconds: a day, as a key set does. */
const MAX_SECONDS_WITHOUT_EXPIRY: Seconds = 86400

/**
 * A list, and until when it is believed how far. Instants are of the monotonicClock, since a wall clock that is set back must
 * make no list younger. They count from when the list was asked for, less its time in caches: what it says was true then,
 * not later.
 */
export interface HeldStatusList {
  readonly list: StatusList
  readonly etag: string | undefined
  /** Its life in milliseconds, from when it was asked for. */
  readonly life: number
  /** Half its life: it is worth fetching again. */
  readonly refreshAt: number
  /** Its life is over. */
  readonly oldAt: number
  /** Twice its life is over: it is not believed any more unless there is nothing newer to be had. */
  readonly doubtfulAt: number
  /** It is not believed at all. */
  readonly staleAt: number
  /** A list with a date before this one is older; between it and the date of this list, there is no telling. */
  readonly olderBefore: Seconds
}

/** How an answer came. */
export interface Arrival {
  readonly etag: string | undefined
  /** Of the monotonicClock, in milliseconds. */
  readonly askedAt: number
  readonly arrivedAt: number
  /** Its time in caches. */
  readonly age: Seconds
  /** Of the wall clock, when it came. */
  readonly now: Seconds
}

/** Holds a list that has just come. Throws for one without `exp` that has been in caches for as long as it may serve. */
export function holdStatusList(list: StatusList, arrival: Arrival, clockTolerance: Seconds): HeldStatusList {
  const { etag, arrivedAt, now } = arrival
  return {
    list,
    etag,
    ...instantsOf(list, arrival),
    staleAt:
      list.expiresAt === undefined
        ? staleWithoutExpiry(arrival)
        : arrivedAt + (list.expiresAt + clockTolerance - now) * 1000,
    olderBefore: Math.min(list.issuedAt, now),
  }
}

/** Holds a list on that is still the one the issuer has. */
export function prolongStatusList(held: HeldStatusList, arrival: Arrival): HeldStatusList {
  const { list, staleAt } = held
  return {
    ...held,
    ...instantsOf(list, arrival),
    staleAt: list.expiresAt === undefined ? staleWithoutExpiry(arrival) : staleAt,
  }
}

/**
 * What is true after a list has come in place of a known one. An older one is refused: a cache or replica lags behind. One
 * of the same second may be the earlier or the later; and a known date in the future (a replica's clock is ahead) orders
 * nothing until that time has come. Then a status that either has set stays set until a list with a later date clears it.
 */
export function succeedStatusList(known: HeldStatusList, next: StatusList): StatusList {
  const { list, olderBefore } = known
  if (next.issuedAt > list.issuedAt) return next
  if (next.issuedAt < olderBefore) {
    throw new Error(`The list is of ${next.issuedAt}, older than the one at hand, of ${list.issuedAt}.`)
  }
  const statuses = uniteStatuses(next.statuses, list.statuses)
  return {
    ...next,
    issuedAt: list.issuedAt,
    statuses,
    statusAt: (index) => statusAt(statuses, index),
  }
}

function instantsOf({ ttl }: StatusList, { askedAt, age }: Arrival) {
  const life = remainingLifetime(ttl, age, LIFETIME) * 1000
  return {
    life,
    refreshAt: askedAt + life / 2,
    oldAt: askedAt + life,
    doubtfulAt: askedAt + life * 2,
  }
}

function staleWithoutExpiry({ askedAt, age }: Arrival): number {
  if (age >= MAX_SECONDS_WITHOUT_EXPIRY) throw new Error(`The list without exp is ${age} seconds old.`)
  return askedAt + (MAX_SECONDS_WITHOUT_EXPIRY - age) * 1000
}
