import type { Seconds } from './time.ts'

/** RFC 9111 §1.2.2: what is larger than a cache can count is as old as this. */
const MAX_AGE_SECONDS: Seconds = 2 ** 31

/**
 * How long an answer had been in caches when it came, from its `Age` (RFC 9111 §5.1); 0 when it does not say, or says what
 * is no age. Of several ages the first counts.
 */
export function parseAge(age: string | null): Seconds {
  const [first = ''] = (age ?? '').split(',')
  return /^\d+$/.test(first.trim()) ? Math.min(Number(first), MAX_AGE_SECONDS) : 0
}
