import type { Seconds } from '@countersign/shared'

/** RFC 9111 §1.2.2: what is larger than a cache can count is as old as this. */
const LARGEST_AGE: Seconds = 2 ** 31

/** RFC 9111 §5.2.2.1: for how long an answer is fresh. `undefined` when it does not say. */
export function parseMaxAge(headers: Headers): Seconds | undefined {
  const seconds = /(?:^|[\s,])max-age="?(\d+)/i.exec(headers.get('cache-control') ?? '')?.[1]
  return seconds === undefined ? undefined : Number(seconds)
}

/**
 * RFC 9111 §5.1: how long an answer had been in caches when it came; 0 when it does not say, or says what is no age. Of
 * several ages the first counts. `Date` says nothing here (RFC 9111 §4.2.3 would compare it with our wall clock): every
 * cache has to send `Age`, and two clocks that differ would make a good answer look old, or an old one new.
 */
export function parseAge(headers: Headers): Seconds {
  const [first = ''] = (headers.get('age') ?? '').split(',')
  return /^\d+$/.test(first.trim()) ? Math.min(Number(first), LARGEST_AGE) : 0
}

/** The bounds that we set to the lives others ask for. */
export interface LifeBounds {
  readonly shortest: Seconds
  /** When nobody says. */
  readonly otherwise: Seconds
  readonly longest: Seconds
}

/**
 * What is left of a life when the answer comes out of a cache: an answer that is over is asked for again after the
 * shortest life, never in a loop.
 */
export function remainingLife(
  life: Seconds | undefined,
  age: Seconds,
  { shortest, otherwise, longest }: LifeBounds,
): Seconds {
  return Math.min(Math.max((life ?? otherwise) - age, shortest), longest)
}
