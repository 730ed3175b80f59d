/**
 * A document of the issuer in the cache. This folder owns everything that is fetched from an issuer: its metadata, its key
 * set and its status lists, how long each is believed, and how the issuer is protected from too many requests. It owns no
 * decision about a token, and it knows no framework.
 */
import type { Seconds } from '@countersign/shared'
import type { FetchOutcome } from '../options.ts'
import type { FetchEdge } from './fetch-document.ts'
import { FetchWithBackoff } from './fetch-with-backoff.ts'
import type { MonotonicClock } from './monotonic-clock.ts'

/** How often a document is fetched again while the issuer is away, when no request asks for it. */
const IDLE_RETRY_MS = 5000
/** A pause may have a moment left when a timer fires that was set at its beginning. */
const RETRY_IN_PAUSE_MS = 250

/** A document and how long it may be used. Instants are of the monotonic clock, in milliseconds. */
export interface Cached<T> {
  readonly value: T
  /** When it was asked for. What it says was true then, not later. */
  readonly askedAt: number
  /** How long it is fresh, from when it was asked for. At half of this it is fetched again. */
  readonly lifetimeMs: number
  /** From when it is not believed any more, whatever the issuer does. */
  readonly staleAt: number
}

/** What a cached document is, and with what it is fetched. */
export interface CachedDocumentOptions<T> {
  /** The name in the message when the issuer does not answer. */
  readonly name: string
  /** Fetches the document. It is given what is cached and still believed, and answers what takes its place. */
  readonly fetchNext: (edge: FetchEdge, cached: Cached<T> | undefined) => Promise<Cached<T>>
  /** Called when another value has taken the place of this one. */
  readonly onReplaced?: (before: Cached<T> | undefined) => void
  /** True when the value itself says that its time is over, by the wall clock. */
  readonly hasExpired?: (value: T) => boolean
  /** Whether the timer may fetch again. Always, by default. */
  readonly isInUse?: () => boolean
  readonly onFetch?: ((outcome: FetchOutcome) => void) | undefined
  readonly fetch: typeof fetch
  readonly monotonicClock: MonotonicClock
}

/**
 * One document, kept at hand. At half its lifetime it is fetched again, by a timer and behind the request that comes then, so
 * that nobody waits for it. While the issuer is away the old one serves until it is stale. There is one fetch at a time, with
 * a back-off after failures.
 */
export class CachedDocument<T> {
  readonly #options: CachedDocumentOptions<T>
  readonly #fetching: FetchWithBackoff
  #cached: Cached<T> | undefined
  #isRetired = false
  #cancelTimer: () => void = () => {}

  constructor(options: CachedDocumentOptions<T>) {
    const { name, onFetch, fetch, monotonicClock } = options
    this.#options = options
    this.#fetching = new FetchWithBackoff({
      name,
      attempt: (edge) => this.#fetchNext(edge),
      onFetch,
      fetch,
      monotonicClock,
    })
  }

  /** What is cached, however old. */
  peek(): Cached<T> | undefined {
    return this.#cached
  }

  /** What is cached and still believed. It fetches nothing. */
  usable(now: number = this.#options.monotonicClock.now()): Cached<T> | undefined {
    const cached = this.#cached
    if (cached === undefined || now >= cached.staleAt) return undefined
    return this.#options.hasExpired?.(cached.value) ? undefined : cached
  }

  /** The same, and it starts a fetch behind the caller when one is due. */
  current(): Cached<T> | undefined {
    const now = this.#options.monotonicClock.now()
    const cached = this.usable(now)
    if (cached && now >= refreshAt(cached)) void this.#fetching.start()
    return cached
  }

  /** Fetches now, or joins the current fetch. `undefined` during a back-off, and once closed. The promise never rejects. */
  refresh(): Promise<void> | undefined {
    return this.#fetching.start()
  }

  /** The fetch that is running now, and since when. */
  currentFetch(): { readonly done: Promise<void>; readonly startedAt: number } | undefined {
    return this.#fetching.current()
  }

  /** Why the last fetch failed. `undefined` when it did not. */
  failure(): { readonly cause: unknown } | undefined {
    return this.#fetching.failure()
  }

  /** True when the last fetch failed a short time ago. */
  hasJustFailed(): boolean {
    return this.#fetching.hasJustFailed()
  }

  /** When it is worth trying again. */
  retryAfter(): Seconds {
    return this.#fetching.retryAfter()
  }

  /** Stops the timer. A request may still fetch. */
  retire(): void {
    this.#isRetired = true
    this.#cancelTimer()
  }

  /** Aborts the current fetch and starts no other. What is cached serves until it is stale. */
  close(): void {
    this.retire()
    this.#fetching.close()
  }

  async #fetchNext(edge: FetchEdge): Promise<void> {
    try {
      const cached = await this.#options.fetchNext(edge, this.usable())
      const before = this.#cached
      this.#cached = cached
      this.#options.onReplaced?.(before)
      this.#refreshLater(Math.max(0, refreshAt(cached) - this.#options.monotonicClock.now()))
    } catch (cause) {
      if (this.#cached) this.#refreshLater(IDLE_RETRY_MS)
      throw cause
    }
  }

  /** Also without requests: a key that was removed while nobody asked must not be accepted once more. */
  #refreshLater(milliseconds: number): void {
    this.#cancelTimer()
    if (this.#isRetired) return
    const { monotonicClock, isInUse } = this.#options
    this.#cancelTimer = monotonicClock.after(milliseconds, () => {
      if (isInUse?.() === false) return
      // During a pause nothing else would try again later.
      if (!this.#fetching.start()) this.#refreshLater(RETRY_IN_PAUSE_MS)
    })
  }
}

function refreshAt({ askedAt, lifetimeMs }: Cached<unknown>): number {
  return askedAt + lifetimeMs / 2
}

/** The bounds that we set to the lifetimes others ask for. */
export interface LifetimeBounds {
  readonly shortest: Seconds
  /** When nobody says. */
  readonly otherwise: Seconds
  readonly longest: Seconds
}

/**
 * What is left of a lifetime when the answer comes out of a cache. When nothing is left the answer is fetched again after the
 * shortest lifetime, never in a loop. We do not look at `Date`, as RFC 9111 §4.2.3 would: every cache has to send `Age`, and
 * two clocks that differ would make a good answer look old, or an old one new.
 */
export function remainingLifetime(
  lifetime: Seconds | undefined,
  age: Seconds,
  { shortest, otherwise, longest }: LifetimeBounds,
): Seconds {
  return Math.min(Math.max((lifetime ?? otherwise) - age, shortest), longest)
}
