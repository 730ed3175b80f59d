import type { KeyObject } from 'node:crypto'
import type { Seconds } from '@countersign/shared'
import { Backoff } from './backoff.ts'
import { discoverKeySet, type IssuerLocation } from './discovery.ts'
import { AccessTokenError } from '../error.ts'
import { type DocumentEdge, type FoundDocument, fetchDocument } from './fetch-document.ts'
import { type LifetimeBounds, remainingLifetime } from './freshness.ts'
import { FetchWithBackoff } from './fetch-with-backoff.ts'
import { type KeySet, parseKeySet } from './key-set.ts'
import type { FetchOutcome } from '../options.ts'
import type { MonotonicClock } from './monotonic-clock.ts'

/** How often a key set is asked for again when the issuer is away and nobody else asks. */
const IDLE_RETRY_MS = 5000
/** In milliseconds: a pause may have a moment left when a timer fires that was set when it began. */
const RETRY_IN_PAUSE_MS = 250
/** How long the address of the key set is believed; a failed fetch ends the belief at once. */
const ADDRESS_LIFETIME: LifetimeBounds = { shortest: 60, otherwise: 3600, longest: 3600 }
/** A key set lives as its `max-age` says, within reason: never fetched in a loop, never believed for days. */
const LIFETIME: LifetimeBounds = { shortest: 1, otherwise: 300, longest: 3600 }
/** In milliseconds: caches count in whole seconds, each for itself. */
const AGE_TOLERANCE_MS = 2000

/** What a cached key set is made of: whom it asks, how long it trusts an old answer, and its edges. */
export interface CachedKeySetOptions extends IssuerLocation {
  readonly keySetMaxStale: Seconds
  readonly onFetch?: ((outcome: FetchOutcome) => void) | undefined
  readonly fetch: typeof fetch
  readonly monotonicClock: MonotonicClock
}

/** Instants are of the monotonicClock. */
interface HeldKeySet {
  readonly keySet: KeySet
  /** When the issuer itself said so: before it was asked for, where a cache has answered. */
  readonly saidAt: number
  readonly refreshAt: number
  readonly staleAt: number
}

/**
 * The issuer's key set, kept at hand. A key that is known is answered at once, whatever the issuer does: the set is
 * fetched again behind the requests at half its life, one fetch at a time, and an old one serves through an outage until
 * `keySetMaxStale`. Only a request that finds no usable set, or an unknown `kid`, waits for a fetch, and fetches pause
 * after a failure and after unknown kids, so that nobody can make us flood the issuer.
 */
export class CachedKeySet {
  readonly #options: CachedKeySetOptions
  readonly #monotonicClock: MonotonicClock
  readonly #fetching: FetchWithBackoff
  readonly #unknownKids: Backoff
  #held: HeldKeySet | undefined
  #keySetAddress: { readonly url: string; readonly until: number } | undefined
  #cancelTimer: () => void = () => {}

  constructor(options: CachedKeySetOptions) {
    const { issuer, onFetch, fetch, monotonicClock } = options
    this.#options = options
    this.#monotonicClock = monotonicClock
    this.#unknownKids = new Backoff(monotonicClock)
    const attempt = (edge: DocumentEdge) => this.#renew(edge)
    this.#fetching = new FetchWithBackoff({ whom: issuer, attempt, onFetch, fetch, monotonicClock })
  }

  /**
   * The keys that may verify a token with this `kid`, one at least: at once when they are at hand. Rejects with
   * `unknown_key`, or with `keys_unavailable` when there is no telling.
   */
  find(kid: string | undefined): readonly KeyObject[] | Promise<readonly KeyObject[]> {
    const keys = this.current()?.find(kid)
    return keys?.length ? keys : this.#findLater(kid)
  }

  /** Fetches a key set when none is usable, begins to fetch behind the caller when one is due. Throws `keys_unavailable`. */
  async prepare(): Promise<void> {
    if (!this.current()) await this.#fetching.begin()
    if (!this.isUsable()) throw this.#unavailable()
  }

  /**
   * The key set that may be believed now, without waiting for one; begins to fetch behind the caller when it is due. The
   * same object for as long as its keys are the same ones.
   */
  current(): KeySet | undefined {
    const held = this.#held
    const now = this.#monotonicClock.now()
    if (held === undefined || now >= held.staleAt) return undefined
    if (now >= held.refreshAt) void this.#fetching.begin()
    return held.keySet
  }

  /** True while a key set is held that may still be believed. */
  isUsable(): boolean {
    return this.#held !== undefined && this.#monotonicClock.now() < this.#held.staleAt
  }

  /** Ends what is under way and fetches nothing more; the set that is held serves until it is too old. */
  close(): void {
    this.#fetching.close()
    this.#cancelTimer()
  }

  async #findLater(kid: string | undefined): Promise<readonly KeyObject[]> {
    await this.prepare()
    const keys = this.#lookUp(kid) ?? (await this.#lookFurther(kid))
    if (keys) return keys
    // The issuer cannot be asked, so the key may be a new one: that is our outage, not the caller's bad token.
    if (this.#fetching.failure()) throw this.#unavailable()
    throw unknownKey(kid)
  }

  #lookUp(kid: string | undefined): readonly KeyObject[] | undefined {
    const keys = this.#held?.keySet.find(kid)
    return keys?.length ? keys : undefined
  }

  /** An unknown `kid` may be a new key, so the set is fetched once more, unless that was done a moment ago. */
  async #lookFurther(kid: string | undefined): Promise<readonly KeyObject[] | undefined> {
    const joins = this.#fetching.isUnderWay()
    if (!joins && this.#unknownKids.remaining() > 0) return undefined

    await this.#fetching.begin()
    const keys = this.#lookUp(kid)
    if (keys) this.#unknownKids.reset()
    else if (!joins && !this.#fetching.failure()) this.#unknownKids.lengthen()
    return keys
  }

  async #renew(edge: DocumentEdge): Promise<void> {
    try {
      const held = await this.#fetch(edge)
      this.#held = held
      this.#unknownKids.start()
      this.#refreshLater(Math.max(0, held.refreshAt - this.#monotonicClock.now()))
    } catch (cause) {
      this.#keySetAddress = undefined
      if (this.#held) this.#refreshLater(IDLE_RETRY_MS)
      throw cause
    }
  }

  async #fetch(edge: DocumentEdge): Promise<HeldKeySet> {
    const address = await this.#discover(edge)
    const askedAt = this.#monotonicClock.now()
    const document = await fetchDocument(address, edge)
    const keySet = await parseKeySet(document.value)
    return this.#hold(keySet, document, askedAt)
  }

  async #discover(edge: DocumentEdge): Promise<string> {
    const now = this.#monotonicClock.now()
    if (!this.#keySetAddress || now >= this.#keySetAddress.until) {
      const { url, age } = await discoverKeySet(this.#options, edge)
      const life = remainingLifetime(undefined, age, ADDRESS_LIFETIME)
      this.#keySetAddress = { url, until: now + life * 1000 }
    }
    return this.#keySetAddress.url
  }

  /** Its time in caches counts: a set is as old as what the issuer said, and an older one never replaces a newer one. */
  #hold(keySet: KeySet, { maxAge, age }: FoundDocument, askedAt: number): HeldKeySet {
    const { keySetMaxStale } = this.#options
    const known = this.#held
    const saidAt = askedAt - age * 1000
    if (age > 0 && known && saidAt < known.saidAt - AGE_TOLERANCE_MS) {
      throw new Error(`The key set has been in caches for ${age} seconds: the one at hand is newer.`)
    }
    // Fresh by its own word it may always serve; beyond that the issuer was away, and we are told for how long.
    const fresh = Math.min((maxAge ?? LIFETIME.otherwise) - age, keySetMaxStale)
    const serves = Math.max(keySetMaxStale - age, fresh)
    if (serves <= 0) throw new Error(`The key set has been in caches for ${age} seconds: it is too old.`)
    const life = Math.min(remainingLifetime(maxAge, age, LIFETIME), keySetMaxStale)
    return {
      keySet: known?.keySet.fingerprint === keySet.fingerprint ? known.keySet : keySet,
      saidAt,
      refreshAt: askedAt + life * 500,
      staleAt: askedAt + serves * 1000,
    }
  }

  /** Also without requests: a key that was removed while nobody asked is not accepted once more. */
  #refreshLater(milliseconds: number): void {
    this.#cancelTimer()
    if (this.#fetching.isClosed()) return
    this.#cancelTimer = this.#monotonicClock.after(milliseconds, () => {
      // Nothing else would ask later.
      if (!this.#fetching.begin()) this.#refreshLater(RETRY_IN_PAUSE_MS)
    })
  }

  #unavailable(): AccessTokenError {
    const cause = this.#fetching.failure()?.cause
    const told = cause instanceof AccessTokenError ? cause : undefined
    return new AccessTokenError(
      'keys_unavailable',
      told?.message ?? "The issuer's keys cannot be fetched right now: try again in a moment.",
      {
        ...(told?.expected === undefined ? {} : { expected: told.expected }),
        ...(told?.actual === undefined ? {} : { actual: told.actual }),
        retryAfter: this.#fetching.retryAfter(),
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
