import type { Seconds } from '@countersign/shared'

/** RFC 9111 §5.2.2.1: for how long an answer is fresh. `undefined` when it does not say. */
export function parseMaxAge(headers: Headers): Seconds | undefined {
  const seconds = /(?:^|[\s,])max-age="?(\d+)/i.exec(headers.get('cache-control') ?? '')?.[1]
  return seconds === undefined ? undefined : Number(seconds)
}

/** The bounds that we set to the lives others ask for. */
export interface LifetimeBounds {
  readonly shortest: Seconds
  /** When nobody says. */
  readonly otherwise: Seconds
  readonly longest: Seconds
}

/**
 * What is left of a life when the answer comes out of a cache: an answer that is over is asked for again after the
 * shortest life, never in a loop. `Date` says nothing here (RFC 9111 §4.2.3 would compare it with our wall clock): every
 * cache has to send `Age`, and two clocks that differ would make a good answer look old, or an old one new.
 */
export function remainingLifetime(
  life: Seconds | undefined,
  age: Seconds,
  { shortest, otherwise, longest }: LifetimeBounds,
): Seconds {
  return Math.min(Math.max((life ?? otherwise) - age, shortest), longest)
}
