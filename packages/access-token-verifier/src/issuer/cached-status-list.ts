import { type Clock, parseAge, type Seconds } from '@countersign/shared'
import { AccessTokenError } from '../error.ts'
import type { FetchOutcome } from '../options.ts'
import { type Cached, CachedDocument, type LifetimeBounds, remainingLifetime } from './cached-document.ts'
import type { CachedKeySet } from './cached-key-set.ts'
import { type FetchEdge, fetchText } from './fetch-document.ts'
import { FETCH_TIMEOUT_MS } from './fetch-with-backoff.ts'
import { type MonotonicClock, settledWithin } from './monotonic-clock.ts'
import { hasExpired, parseStatusListToken, type StatusList, uniteStatuses } from './status-list.ts'

/** How long a request waits for a new list when the lifetime of the one at hand has just ended. */
const SHORT_WAIT_MS = 250
/** A list is in use when somebody asked about it within this time, or within its last lifetime. */
const IN_USE_MS = 60_000
/** The largest list we inflate, as it travels when it cannot be compressed at all. */
const MAX_LIST_TOKEN_BYTES = 2 * 1024 * 1024
/** A list lives as its `ttl` says, within reason: it is never fetched in a loop, and never left for a day. */
const LIST_LIFETIME: LifetimeBounds = { shortest: 1, otherwise: 60, longest: 3600 }
/** How long a list without `exp` may serve while the issuer is away: a day, like a key set. */
const MAX_STALENESS_SECONDS: Seconds = 86400

/** With what every status list of an issuer is fetched and proven. */
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

interface DatedStatusList {
  readonly list: StatusList
  readonly etag: string | undefined
  /** A list with a date before this one is older. Between it and the date of this list, there is no telling. */
  readonly olderBefore: Seconds
}

/**
 * One status list, kept at hand. It is fetched again by the timer only while it is in use. Once its lifetime is over, requests
 * wait a moment for that fetch. Once twice its lifetime is over, they wait until the fetch has ended, so that a slow issuer is
 * no reason to accept a revoked token. They never wait while the issuer is known to be away.
 */
export class CachedStatusList {
  readonly #uri: string
  readonly #address: string
  readonly #deps: CachedStatusListDeps
  readonly #document: CachedDocument<DatedStatusList>
  #usedAt = Number.NEGATIVE_INFINITY

  constructor(name: { readonly uri: string; readonly address: string }, deps: CachedStatusListDeps) {
    const { onFetch, fetch, monotonicClock, onGrown } = deps
    this.#uri = name.uri
    this.#address = name.address
    this.#deps = deps
    this.#document = new CachedDocument({
      name: name.uri,
      fetchNext: (edge, known) => this.#fetchNext(edge, known),
      onReplaced: (before) => {
        if (this.bytes() > bytesOf(before)) onGrown()
      },
      hasExpired: ({ list }) => hasExpired(list.expiresAt, deps),
      isInUse: () => this.#isInUse(),
      onFetch,
      fetch,
      monotonicClock,
    })
  }

  /** The list: at once while it is fresh, otherwise when the fetch has ended. Rejects with `status_unavailable`. */
  read(): StatusList | Promise<StatusList> {
    const now = this.#deps.monotonicClock.now()
    this.#usedAt = now
    const cached = this.#document.current()
    if (!cached) return this.#fetchFirst()

    const fetching = this.#document.currentFetch()
    const age = now - cached.askedAt
    if (age < cached.lifetimeMs || !fetching || this.#document.hasJustFailed()) return cached.value.list
    const longestWait = age < cached.lifetimeMs * 2 ? SHORT_WAIT_MS : FETCH_TIMEOUT_MS
    const left = fetching.startedAt + longestWait - now
    return left > 0 ? this.#awaitNewer(fetching.done, left) : cached.value.list
  }

  /** How many bytes are cached. */
  bytes(): number {
    return bytesOf(this.#document.peek())
  }

  /** Fetches nothing more by the timer. Requests that wait still get an answer. */
  retire(): void {
    this.#document.retire()
  }

  /** Aborts the current fetch and starts no other. The cached list serves until it expires. */
  close(): void {
    this.#document.close()
  }

  async #fetchFirst(): Promise<StatusList> {
    await this.#document.refresh()
    const cached = this.#document.usable()
    if (cached) return cached.value.list
    throw new AccessTokenError(
      'status_unavailable',
      'The status of this access token cannot be looked up right now: try again in a moment.',
      {
        expected: this.#uri,
        retryAfter: this.#document.retryAfter(),
        cause: this.#document.failure()?.cause ?? new Error('The verifier is closed.'),
      },
    )
  }

  async #awaitNewer(fetching: Promise<void>, milliseconds: number): Promise<StatusList> {
    await settledWithin(fetching, milliseconds, this.#deps.monotonicClock)
    // The old list may have expired in this moment.
    return this.#document.usable()?.value.list ?? this.#fetchFirst()
  }

  async #fetchNext(
    edge: FetchEdge,
    known: Cached<DatedStatusList> | undefined,
  ): Promise<Cached<DatedStatusList>> {
    const { keys, clockTolerance, now } = this.#deps
    const etag = this.#etagFor(known?.value)
    const request = { accept: 'application/statuslist+jwt', maxBytes: MAX_LIST_TOKEN_BYTES, etag }
    const fetched = await fetchText(this.#address, request, edge)
    const arrivedAt = this.#deps.monotonicClock.now()
    const wallClock = now()
    const age = parseAge(fetched.headers.get('age'))

    if (fetched.kind === 'unchanged') {
      if (!known) throw new Error(`${this.#address} says that nothing has changed, and nothing is known.`)
      const { expiresAt } = known.value.list
      return this.#cache(
        known.value,
        edge.startedAt,
        age,
        expiresAt === undefined ? undefined : known.staleAt,
      )
    }
    const findKeys = keys.find.bind(keys)
    const parsed = await parseStatusListToken(fetched.text, { uri: this.#uri, clockTolerance, now, findKeys })
    const list = known ? succeed(known.value, parsed) : parsed
    const dated = {
      list,
      etag: fetched.headers.get('etag') ?? undefined,
      olderBefore: Math.min(list.issuedAt, wallClock),
    }
    const { expiresAt } = list
    const staleAt =
      expiresAt === undefined ? undefined : arrivedAt + (expiresAt + clockTolerance - wallClock) * 1000
    return this.#cache(dated, edge.startedAt, age, staleAt)
  }

  /** A list whose key has left the key set is fetched as a whole: "unchanged" would let that key speak on. */
  #etagFor(known: DatedStatusList | undefined): string | undefined {
    if (!known) return undefined
    const { kid, key } = known.list
    return this.#deps.keys.current()?.find(kid).includes(key) ? known.etag : undefined
  }

  #cache(
    value: DatedStatusList,
    askedAt: number,
    age: Seconds,
    expiryAt: number | undefined,
  ): Cached<DatedStatusList> {
    if (expiryAt === undefined && age >= MAX_STALENESS_SECONDS) {
      throw new Error(`The list without exp is ${age} seconds old.`)
    }
    return {
      value,
      askedAt,
      lifetimeMs: remainingLifetime(value.list.ttl, age, LIST_LIFETIME) * 1000,
      staleAt: expiryAt ?? askedAt + (MAX_STALENESS_SECONDS - age) * 1000,
    }
  }

  #isInUse(): boolean {
    const idle = this.#deps.monotonicClock.now() - this.#usedAt
    return idle < Math.max(IN_USE_MS, this.#document.peek()?.lifetimeMs ?? 0)
  }
}

function bytesOf(cached: Cached<DatedStatusList> | undefined): number {
  return cached?.value.list.statuses.bytes.length ?? 0
}

/**
 * What is true once a list has come in the place of a known one. An older list is refused, because a cache or a replica lags
 * behind. Of two lists of the same second either may be the later one, and a known date in the future (a replica's clock is
 * ahead) orders nothing until that time has come. Then a status that either list has set stays set, until a list with a later
 * date clears it.
 */
function succeed({ list, olderBefore }: DatedStatusList, next: StatusList): StatusList {
  if (next.issuedAt > list.issuedAt) return next
  if (next.issuedAt < olderBefore) {
    throw new Error(`The list is of ${next.issuedAt}, older than the one at hand, of ${list.issuedAt}.`)
  }
  return { ...next, issuedAt: list.issuedAt, statuses: uniteStatuses(next.statuses, list.statuses) }
}
