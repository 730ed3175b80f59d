import { type Clock, parseAge, type Seconds } from '@countersign/shared'
import { AccessTokenError } from '../error.ts'
import { type DocumentEdge, fetchText } from './fetch-document.ts'
import { FETCH_TIMEOUT_MS, FetchWithBackoff } from './fetch-with-backoff.ts'
import {
  type Arrival,
  type HeldStatusList,
  holdStatusList,
  prolongStatusList,
  succeedStatusList,
} from './held-status-list.ts'
import type { CachedKeySet } from './cached-key-set.ts'
import type { FetchOutcome } from '../options.ts'
import { isOver, parseStatusListToken, type StatusList } from './status-list-token.ts'
import type { MonotonicClock } from './monotonic-clock.ts'

/** What a request waits for a new list when the life of the one at hand has just ended, in milliseconds. */
const SHORT_WAIT_MS = 250
/** A list that somebody asked about within its last life, or within this, in milliseconds, is in use. */
const IN_USE_MS = 60_000
/** How often a list in use is asked for again when the issuer is away, in milliseconds, besides by requests. */
const IDLE_RETRY_MS = 5000
/** In milliseconds: a pause may have a moment left when a timer fires that was set when it began. */
const RETRY_IN_PAUSE_MS = 250
/** In bytes: the largest list we inflate, as it travels when it cannot be compressed at all. */
const MAX_LIST_TOKEN_BYTES = 2 * 1024 * 1024

/** What every status list of an issuer is fetched and proven with. */
export interface StatusListDeps {
  readonly keys: Pick<CachedKeySet, 'find' | 'current'>
  readonly clockTolerance: Seconds
  readonly now: Clock
  readonly onFetch?: ((outcome: FetchOutcome) => void) | undefined
  readonly fetch: typeof fetch
  readonly monotonicClock: MonotonicClock
}

/** The same for one of them. */
export interface CachedStatusListDeps extends StatusListDeps {
  /** Called when the list takes more memory than before. */
  readonly onGrown: () => void
}

/**
 * One status list, kept at hand. At half its life it is fetched again, by a timer while it is in use, otherwise behind the
 * request that comes then. Once its life is over requests wait a moment for that fetch, and once twice its life is over
 * until the fetch has ended, so that a slow issuer is no reason to accept a revoked token; but never while the issuer is
 * known to be away, which is felt only when the list expires. How many requests come changes nothing about the fetches.
 */
export class CachedStatusList {
  readonly #uri: string
  readonly #address: string
  readonly #deps: CachedStatusListDeps
  readonly #fetching: FetchWithBackoff
  #held: HeldStatusList | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #usedAt = Number.NEGATIVE_INFINITY
  #isRetired = false
  #cancelTimer: () => void = () => {}

  constructor(name: { readonly uri: string; readonly address: string }, deps: CachedStatusListDeps) {
    const { onFetch, fetch, monotonicClock } = deps
    this.#uri = name.uri
    this.#address = name.address
    this.#deps = deps
    this.#fetching = new FetchWithBackoff({
      whom: name.uri,
      attempt: (edge) => this.#renew(edge),
      onFetch,
      fetch,
      monotonicClock,
    })
  }

  /** The list: at once while it is young, otherwise when the fetch has ended. Rejects with `status_unavailable`. */
  read(): StatusList | Promise<StatusList> {
    const now = this.#deps.monotonicClock.now()
    this.#usedAt = now
    const held = this.#usable(now)
    if (!held) return this.#fetchFirst()
    if (now < held.refreshAt) return held.list

    const fetching = this.#begin()
    if (now < held.oldAt || fetching === undefined || this.#fetching.hasJustFailed()) return held.list
    const patience = now < held.doubtfulAt ? SHORT_WAIT_MS : FETCH_TIMEOUT_MS
    const left = this.#askedAt + patience - now
    return left > 0 ? this.#awaitNewer(fetching, left) : held.list
  }

  /** How many bytes are held. */
  size(): number {
    return this.#held?.list.statuses.bytes.length ?? 0
  }

  /** Fetches nothing more by itself; whoever waits still gets an answer. */
  retire(): void {
    this.#isRetired = true
    this.#cancelTimer()
  }

  /** Ends what is under way and fetches nothing more; the list that is held serves until it expires. */
  close(): void {
    this.retire()
    this.#fetching.close()
  }

  async #fetchFirst(): Promise<StatusList> {
    await this.#begin()
    const held = this.#usable()
    if (held) return held.list
    throw new AccessTokenError(
      'status_unavailable',
      'The status of this access token cannot be looked up right now: try again in a moment.',
      {
        expected: this.#uri,
        retryAfter: this.#fetching.retryAfter(),
        cause: this.#fetching.failure()?.cause ?? new Error('The verifier is closed.'),
      },
    )
  }

  async #awaitNewer(fetching: Promise<void>, patience: number): Promise<StatusList> {
    let cancel = () => {}
    const enough = new Promise<void>((resolve) => {
      cancel = this.#deps.monotonicClock.after(patience, resolve)
    })
    await Promise.race([fetching, enough])
    cancel()
    // It may have expired in this moment.
    return this.#usable()?.list ?? this.#fetchFirst()
  }

  #begin(): Promise<void> | undefined {
    if (!this.#fetching.isUnderWay()) this.#askedAt = this.#deps.monotonicClock.now()
    return this.#fetching.begin()
  }

  #usable(now: number = this.#deps.monotonicClock.now()): HeldStatusList | undefined {
    const held = this.#held
    if (held === undefined || now >= held.staleAt || isOver(held.list.expiresAt, this.#deps)) return undefined
    return held
  }

  async #renew(edge: DocumentEdge): Promise<void> {
    try {
      const held = await this.#fetch(edge)
      const before = this.size()
      this.#held = held
      if (this.size() > before) this.#deps.onGrown()
      this.#refreshLater(Math.max(0, held.refreshAt - this.#deps.monotonicClock.now()))
    } catch (cause) {
      if (this.#held) this.#refreshLater(IDLE_RETRY_MS)
      throw cause
    }
  }

  async #fetch(edge: DocumentEdge): Promise<HeldStatusList> {
    const askedAt = this.#askedAt
    const known = this.#usable()
    // A list whose key has left the key set is asked for as a whole: "unchanged" would let that key speak on.
    const isProven = known && this.#deps.keys.current()?.find(known.list.kid).includes(known.list.key)
    const etag = isProven ? known.etag : undefined
    const request = { accept: 'application/statuslist+jwt', largest: MAX_LIST_TOKEN_BYTES, etag }
    const fetched = await fetchText(this.#address, request, edge)
    const arrival = this.#arrivalOf(fetched.headers, askedAt)
    if (fetched.kind === 'unchanged') {
      // We ask with a tag only when we have what it stands for: without that, this is a bug.
      if (!known) throw new Error(`${this.#address} says that nothing has changed, and nothing is known.`)
      return prolongStatusList(known, arrival)
    }
    const list = await this.#parse(fetched.text)
    return holdStatusList(known ? succeedStatusList(known, list) : list, arrival, this.#deps.clockTolerance)
  }

  #arrivalOf(headers: Headers, askedAt: number): Arrival {
    const { monotonicClock, now } = this.#deps
    const etag = headers.get('etag') ?? undefined
    return { etag, askedAt, arrivedAt: monotonicClock.now(), age: parseAge(headers.get('age')), now: now() }
  }

  #parse(text: string): Promise<StatusList> {
    const { keys, clockTolerance, now } = this.#deps
    return parseStatusListToken(text, {
      uri: this.#uri,
      clockTolerance,
      now,
      findKeys: (kid) => keys.find(kid),
    })
  }

  /** Without a request, for as long as the list is in use. */
  #refreshLater(milliseconds: number): void {
    this.#cancelTimer()
    if (this.#isRetired) return
    this.#cancelTimer = this.#deps.monotonicClock.after(milliseconds, () => {
      if (!this.#isInUse()) return
      // Nothing else would ask later.
      if (!this.#begin()) this.#refreshLater(RETRY_IN_PAUSE_MS)
    })
  }

  #isInUse(): boolean {
    const idle = this.#deps.monotonicClock.now() - this.#usedAt
    return idle < Math.max(IN_USE_MS, this.#held?.life ?? 0)
  }
}
