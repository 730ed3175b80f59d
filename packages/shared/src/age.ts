import type { Seconds } from './time.ts'

/** RFC 9111 §1.2.2: an age larger than a cache can count is read as this. */
const MAX_AGE_SECONDS: Seconds = 2 ** 31

/**
 * How long an answer was in caches when it arrived, from its `Age` header (RFC 9111 §5.1). 0 when the header is absent or
 * invalid. Of several ages the first counts.
 */
export function parseAge(age: string | null): Seconds {
  const [first = ''] = (age ?? '').split(',')
  return /^\d+$/.test(first.trim()) ? Math.min(Number(first), MAX_AGE_SECONDS) : 0
}
