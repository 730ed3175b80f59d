import { randomFillSync } from 'node:crypto'

/** 96 random bits: 16 characters of base64url. */
const ID_BYTES = 12

/** How many ids one call for random bytes is good for: a call each would cost more than the rest of a log line. */
const IDS_PER_FILL = 256

/** Creates a source of request ids that nobody can guess and that never come twice. */
export function createRequestIds(): () => string {
  const pool = Buffer.alloc(ID_BYTES * IDS_PER_FILL)
  let next = pool.length

  return () => {
    if (next === pool.length) {
      randomFillSync(pool)
      next = 0
    }
    next += ID_BYTES
    return pool.toString('base64url', next - ID_BYTES, next)
  }
}
