import { hash } from 'node:crypto'
import type { VerifiedAccessToken } from './claims.ts'
import type { KeySet } from '../issuer/key-set.ts'
import { SecondChanceCache } from './second-chance-cache.ts'
import { MAX_TOKEN_BYTES } from './parse.ts'

/**
 * Remembers which tokens' signatures have held, and what they say, under one key set: with another one all is forgotten,
 * since it may be that a key was taken out of it. It says nothing about a token but that: times and status are asked about
 * on every request. A token is known by the digest of its whole text, so there is no other text that passes for it.
 */
export class TokenCache {
  readonly #capacity: number
  readonly #tokens: SecondChanceCache<string, VerifiedAccessToken>
  #keySet: KeySet | undefined

  /** Remembers so many tokens at most; 0 for none. */
  constructor(capacity: number) {
    this.#capacity = capacity
    this.#tokens = new SecondChanceCache(capacity)
  }

  /** What a token says whose signature has held under this key set; `undefined` when that is not known. */
  find(token: string, keySet: KeySet | undefined): VerifiedAccessToken | undefined {
    if (this.#capacity === 0 || keySet !== this.#keySet) return undefined
    // Whatever is no token is not known; what is wrong with it, the checks say.
    if (typeof token !== 'string' || token.length > MAX_TOKEN_BYTES) return undefined
    return this.#tokens.get(digest(token))
  }

  /** Remembers a token whose signature has held under this key set. */
  remember(token: string, keySet: KeySet, verified: VerifiedAccessToken): void {
    if (this.#capacity === 0) return
    if (keySet !== this.#keySet) {
      this.#tokens.clear()
      this.#keySet = keySet
    }
    this.#tokens.set(digest(token), verified)
  }

  /** Forgets a token that will never be good again. */
  forget(token: string): void {
    this.#tokens.delete(digest(token))
  }
}

function digest(token: string): string {
  return hash('sha256', token, 'base64url')
}
