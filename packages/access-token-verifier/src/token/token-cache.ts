import { hash } from 'node:crypto'
import type { VerifiedAccessToken } from './claims.ts'
import { MAX_TOKEN_BYTES } from './parse.ts'
import { SecondChanceCache } from './second-chance-cache.ts'

/** Stands for one token's whole text in the cache. */
export type TokenDigest = string

/**
 * Caches what tokens say whose signature has held, under one key set. Another key set empties the cache, because a key may
 * have been removed. Times and status are not cached: they are compared on every request.
 *
 * An entry is found by the SHA-256 digest of the token's whole text. The text itself would be no cheaper: a Map hashes it once for
 * every request, too, and compares it (measured: 2.1 µs by text, 1.8 µs by digest, of 1,000 characters among 5,000 tokens). It
 * would need 1 KB more for each token, and whoever reads the memory of this process would find 10,000 tokens that still work.
 */
export class TokenCache {
  readonly #tokens: SecondChanceCache<TokenDigest, VerifiedAccessToken>
  #keySet: object | undefined

  /** Caches `capacity` tokens at most; 1 or more. */
  constructor(capacity: number) {
    this.#tokens = new SecondChanceCache(capacity)
  }

  /** `undefined` for anything that is not a token. The verification says what is wrong with it. */
  digestOf(token: unknown): TokenDigest | undefined {
    if (typeof token !== 'string' || token.length > MAX_TOKEN_BYTES) return undefined
    return hash('sha256', token, 'base64url')
  }

  /** What a token says whose signature has held under this key set. `undefined` when that is not known. */
  find(digest: TokenDigest | undefined, keySet: object | undefined): VerifiedAccessToken | undefined {
    if (digest === undefined || keySet === undefined || keySet !== this.#keySet) return undefined
    return this.#tokens.get(digest)
  }

  /** Caches a token whose signature has held under this key set. */
  add(digest: TokenDigest, keySet: object, verified: VerifiedAccessToken): void {
    if (keySet !== this.#keySet) {
      this.#tokens.clear()
      this.#keySet = keySet
    }
    this.#tokens.set(digest, verified)
  }
}
