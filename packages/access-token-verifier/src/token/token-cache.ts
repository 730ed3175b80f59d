import { hash } from 'node:crypto'
import type { VerifiedAccessToken } from './claims.ts'
import { MAX_TOKEN_BYTES } from './parse.ts'
import { SecondChanceCache } from './second-chance-cache.ts'

/**
 * Caches what tokens say whose signature has held, under one key set. Another key set empties the cache, because a key may
 * have been removed. Times and status are not cached: they are compared on every request. The key of an entry is the digest
 * of the token's whole text, so no other text is taken for it.
 */
export class TokenCache {
  readonly #tokens: SecondChanceCache<string, VerifiedAccessToken>
  #keySet: object | undefined

  /** Caches `capacity` tokens at most; 1 or more. */
  constructor(capacity: number) {
    this.#tokens = new SecondChanceCache(capacity)
  }

  /** What a token says whose signature has held under this key set. `undefined` when that is not known. */
  find(token: string, keySet: object | undefined): VerifiedAccessToken | undefined {
    if (keySet === undefined || keySet !== this.#keySet) return undefined
    // Anything that is not a token is not known. The verification says what is wrong with it.
    if (typeof token !== 'string' || token.length > MAX_TOKEN_BYTES) return undefined
    return this.#tokens.get(digest(token))
  }

  /** Caches a token whose signature has held under this key set. */
  add(token: string, keySet: object, verified: VerifiedAccessToken): void {
    if (keySet !== this.#keySet) {
      this.#tokens.clear()
      this.#keySet = keySet
    }
    this.#tokens.set(digest(token), verified)
  }
}

function digest(token: string): string {
  return hash('sha256', token, 'base64url')
}
