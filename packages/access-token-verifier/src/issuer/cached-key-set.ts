import type { KeyObject } from 'node:crypto'
import type { Seconds } from '@countersign/shared'
import { AccessTokenError } from '../error.ts'
import type { FetchOutcome } from '../options.ts'
import { type Cached, CachedDocument, type LifetimeBounds, remainingLifetime } from './cached-document.ts'
import { discoverKeySet, type IssuerLocation } from './discovery.ts'
import { type FetchEdge, type FoundDocument, fetchDocument } from './fetch-document.ts'
import { Backoff } from './fetch-with-backoff.ts'
import { type KeySet, parseKeySet } from './key-set.ts'
import type { MonotonicClock } from './monotonic-clock.ts'

/** How long the address of the key set is believed. A failed fetch ends this at once. */
const ADDRESS_LIFETIME: LifetimeBounds = { shortest: 60, otherwise: 3600, longest: 3600 }
/** A key set lives as its `max-age` says, within reason: it is never fetched in a loop, and never believed for days. */
const KEY_SET_LIFETIME: LifetimeBounds = { shortest: 1, otherwise: 300, longest: 3600 }
/** Caches count in whole seconds, each for itself. */
const AGE_TOLERANCE_MS = 2000

/** What a cached key set is made of: whose it is, how long an old one is trusted, and its edges. */
export interface CachedKeySetOptions extends IssuerLocation {
  readonly keySetMaxStale: Seconds
  readonly onFetch?: ((outcome: FetchOutcome) => void) | undefined
  readonly fetch: typeof fetch
  readonly monotonicClock: MonotonicClock
}

interface DatedKeySet {
  readonly keySet: KeySet
  /** When the issuer itself said so. That is before it was asked for, when a cache has answered. */
  readonly saidAt: number
}

/**
 * The issuer's key set, kept at hand. A known key is found at once, whatever the issuer does, and an old key set serves
 * through an outage until `keySetMaxStale`. Only a request that finds no usable key set, or that has an unknown `kid`, waits
 * for a fetch. Fetches for unknown kids have a back-off of their own, so that nobody can make us flood the issuer.
 */
export class CachedKeySet {
  readonly #options: CachedKeySetOptions
  readonly #document: CachedDocument<DatedKeySet>
  readonly #unknownKids: Backoff
  #address: { readonly url: string; readonly until: number } | undefined

  constructor(options: CachedKeySetOptions) {
    const { issuer, onFetch, fetch, monotonicClock } = options
    this.#options = options
    this.#unknownKids = new Backoff(monotonicClock)
    this.#document = new CachedDocument({
      name: issuer,
      fetchNext: (edge) => this.#fetchNext(edge),
      onFetch,
      fetch,
      monotonicClock,
    })
  }

  /**
   * The keys that may verify a token with this `kid`, one at least: at once when they are at hand. Rejects with
   * `unknown_key`, or with `keys_unavailable` when there is no telling.
   */
  find(kid: string | undefined): readonly KeyObject[] | Promise<readonly KeyObject[]> {
    const keys = this.current()?.find(kid)
    return keys?.length ? keys : this.#findLater(kid)
  }

  /** Fetches a key set when none is usable, and starts a fetch behind the caller when one is due. Throws `keys_unavailable`. */
  async prepare(): Promise<void> {
    if (!this.current()) await this.#document.refresh()
    if (!this.isUsable()) throw this.#unavailable()
  }

  /**
   * The key set that may be believed now, without waiting for one. Starts a fetch behind the caller when one is due. It is
   * the same object for as long as its keys are the same.
   */
  current(): KeySet | undefined {
    return this.#document.current()?.value.keySet
  }

  /** True while a cached key set may still be believed. */
  isUsable(): boolean {
    return this.#document.usable() !== undefined
  }

  /** Aborts the current fetch and starts no other. The cached key set serves until it is too old. */
  close(): void {
    this.#document.close()
  }

  async #findLater(kid: string | undefined): Promise<readonly KeyObject[]> {
    await this.prepare()
    const keys = this.#lookUp(kid) ?? (await this.#fetchForUnknown(kid))
    if (keys) return keys
    // The issuer cannot be asked, and the key may be a new one. That is our outage, not a bad token.
    if (this.#document.failure()) throw this.#unavailable()
    throw unknownKey(kid)
  }

  #lookUp(kid: string | undefined): readonly KeyObject[] | undefined {
    const keys = this.#document.peek()?.value.keySet.find(kid)
    return keys?.length ? keys : undefined
  }

  /** An unknown `kid` may be a new key, so the key set is fetched once more, unless that was done a moment ago. */
  async #fetchForUnknown(kid: string | undefined): Promise<readonly KeyObject[] | undefined> {
    const joins = this.#document.currentFetch() !== undefined
    if (!joins && this.#unknownKids.remaining() > 0) return undefined

    await this.#document.refresh()
    const keys = this.#lookUp(kid)
    if (keys) this.#unknownKids.reset()
    else if (!joins && !this.#document.failure()) this.#unknownKids.lengthen()
    return keys
  }

  async #fetchNext(edge: FetchEdge): Promise<Cached<DatedKeySet>> {
    try {
      const address = await this.#discover(edge)
      const askedAt = this.#options.monotonicClock.now()
      const document = await fetchDocument(address, edge)
      const cached = this.#date(await parseKeySet(document.value), document, askedAt)
      this.#unknownKids.start()
      return cached
    } catch (cause) {
      this.#address = undefined
      throw cause
    }
  }

  async #discover(edge: FetchEdge): Promise<string> {
    const now = this.#options.monotonicClock.now()
    if (!this.#address || now >= this.#address.until) {
      const { url, age } = await discoverKeySet(this.#options, edge)
      const lifetime = remainingLifetime(undefined, age, ADDRESS_LIFETIME)
      this.#address = { url, until: now + lifetime * 1000 }
    }
    return this.#address.url
  }

  /** A key set is as old as the issuer's word, its time in caches included. An older one never replaces a newer one. */
  #date(keySet: KeySet, { maxAge, age }: FoundDocument, askedAt: number): Cached<DatedKeySet> {
    const { keySetMaxStale } = this.#options
    const known = this.#document.peek()?.value
    const saidAt = askedAt - age * 1000
    if (age > 0 && known && saidAt < known.saidAt - AGE_TOLERANCE_MS) {
      throw new Error(`The key set has been in caches for ${age} seconds: the one at hand is newer.`)
    }
    // While it is fresh by its own word it may always serve. After that the issuer was away, and we are told for how long.
    const fresh = Math.min((maxAge ?? KEY_SET_LIFETIME.otherwise) - age, keySetMaxStale)
    const serves = Math.max(keySetMaxStale - age, fresh)
    if (serves <= 0) throw new Error(`The key set has been in caches for ${age} seconds: it is too old.`)
    return {
      value: { keySet: known?.keySet.fingerprint === keySet.fingerprint ? known.keySet : keySet, saidAt },
      askedAt,
      lifetimeMs: Math.min(remainingLifetime(maxAge, age, KEY_SET_LIFETIME), keySetMaxStale) * 1000,
      staleAt: askedAt + serves * 1000,
    }
  }

  #unavailable(): AccessTokenError {
    const cause = this.#document.failure()?.cause
    const known = cause instanceof AccessTokenError ? cause : undefined
    return new AccessTokenError(
      'keys_unavailable',
      known?.message ?? "The issuer's keys cannot be fetched right now: try again in a moment.",
      {
        ...(known?.expected === undefined ? {} : { expected: known.expected }),
        ...(known?.actual === undefined ? {} : { actual: known.actual }),
        retryAfter: this.#document.retryAfter(),
        cause: cause ?? new Error('The verifier is closed.'),
      },
    )
  }
}

/** The refusal of a token whose key is not in the issuer's key set. */
export function unknownKey(kid: string | undefined): AccessTokenError {
  return new AccessTokenError(
    'unknown_key',
    'This access token is signed with a key its issuer does not publish: get a new one.',
    kid === undefined ? {} : { actual: kid },
  )
}
