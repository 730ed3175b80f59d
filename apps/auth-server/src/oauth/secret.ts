import { hash, randomBytes, randomFillSync, timingSafeEqual } from 'node:crypto'

/**
 * The kinds of secrets we mint, client secrets and refresh tokens: each says what it is, so that a log or a secret
 * scanner can see it, and whoever is shown one needs no hint.
 */
export type SecretKind = 'cs' | 'rt'

/** Mints a secret of 256 random bits, base64url, prefixed with its kind: `cs_…`, `rt_…`. */
export function mintSecret(kind: SecretKind): string {
  return `${kind}_${randomBytes(32).toString('base64url')}`
}

const ID_BYTES = 16

/** The characters of 128 random bits in base64url. */
export const ID_LENGTH = 22

/** Random bytes for ids to come: drawn in bulk, as `randomUUID` does, because one id by itself takes ten times as long. */
const drawn = Buffer.alloc(256 * ID_BYTES)
let used = drawn.length

/** Mints an id nobody can guess or meet twice: a prefix, then 128 random bits, base64url. */
export function mintId(prefix: string): string {
  if (used === drawn.length) {
    randomFillSync(drawn)
    used = 0
  }
  const id = drawn.toString('base64url', used, used + ID_BYTES)
  used += ID_BYTES
  return `${prefix}_${id}`
}

/** What is kept of a secret: SHA-256, base64url. Enough for random secrets; passwords need a slow hash. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'base64url')
}

/** True when two hashes are the same, in a time that does not depend on where they differ. */
export function equalHashes(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
