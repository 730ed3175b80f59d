import type { Clock, Seconds } from '@countersign/shared'
import { AccessTokenError } from './error.ts'
import { type DocumentEdge, fetchText } from './fetch-document.ts'
import { GuardedFetch } from './guarded-fetch.ts'
import type { KeySource } from './key-source.ts'
import { isOver, parseStatusListToken, type StatusList } from './status-list-token.ts'
import type { Stopwatch } from './stopwatch.ts'

/** What a request with an old list at hand waits for a new one, in milliseconds, counted from when it was asked for. */
const PATIENCE = 250
/** A list lives as its `ttl` says, within reason: never fetched in a loop, never left unasked for a day. */
const LIFE = { shortest: 1, otherwise: 60, longest: 3600 } as const
/** How long a list without `exp` may serve while the issuer is away, in seconds: a day, as a key set does. */
const LONGEST_WITHOUT_EXPIRY = 86400
/** In bytes: the largest list we inflate, as it travels when it cannot be compressed at all. */
const LARGEST_TOKEN = 2 * 1024 * 1024

/** What every status list of an issuer is fetched and proven with. */
export interface StatusListDeps {
  readonly keys: Pick<KeySource, 'find' | 'current'>
  readonly clockTolerance: Seconds
  readonly now: Clock
  readonly fetch: typeof fetch
  readonly stopwatch: Stopwatch
}

/** Instants are of the stopwatch. They count from when the list was asked for: what it says was true then, not later. */
interface HeldStatusList {
  readonly list: StatusList
  readonly etag: string | undefined
  readonly refreshAt: number
  readonly oldAt: number
  readonly staleAt: number
}

/**
 * One status list, kept at hand. Until half its life it is believed; from then on it is fetched again behind the requests;
 * once its life is over they wait for that fetch, a moment and only while none has failed. So a revocation is noticed
 * within `ttl` whether requests come or not, how many come changes nothing about the fetches, and an issuer that is away
 * is felt only when the list expires.
 */
export class RemoteStatusList {
  readonly #uri: string
  readonly #address: string
  readonly #deps: StatusListDeps
  readonly #fetching: GuardedFetch
  #held: HeldStatusList | undefined
  #askedAt = Number.NEGATIVE_INFINITY

  constructor(name: { readonly uri: string; readonly address: string }, deps: StatusListDeps) {
    const { fetch, stopwatch } = deps
    this.#uri = name.uri
    this.#address = name.address
    this.#deps = deps
    this.#fetching = new GuardedFetch({
      whom: name.uri,
      attempt: (edge) => this.#renew(edge),
      fetch,
      stopwatch,
    })
  }

  /** The list: at once while it is young, otherwise when the fetch has ended. Rejects with `status_unavailable`. */
  read(): StatusList | Promise<StatusList> {
    const now = this.#deps.stopwatch.elapsed()
    const held = this.#usable(now)
    if (!held) return this.#fetchFirst()
    if (now < held.refreshAt) return held.list

    const fetching = this.#begin()
    if (now < held.oldAt || fetching === undefined) return held.list
    const patience = this.#askedAt + PATIENCE - now
    return patience > 0 ? this.#awaitNewer(fetching, patience) : held.list
  }

  /** Ends what is under way and fetches nothing more; the list that is held serves until it expires. */
  close(): void {
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
      cancel = this.#deps.stopwatch.after(patience, resolve)
    })
    await Promise.race([fetching, enough])
    cancel()
    // It may have expired in this moment.
    return this.#usable()?.list ?? this.#fetchFirst()
  }

  #begin(): Promise<void> | undefined {
    if (!this.#fetching.isUnderWay()) this.#askedAt = this.#deps.stopwatch.elapsed()
    return this.#fetching.begin()
  }

  #usable(now: number = this.#deps.stopwatch.elapsed()): HeldStatusList | undefined {
    const held = this.#held
    if (held === undefined || now >= held.staleAt || isOver(held.list.expiresAt, this.#deps)) return undefined
    return held
  }

  async #renew(edge: DocumentEdge): Promise<void> {
    const askedAt = this.#askedAt
    const known = this.#usable()
    // A list whose key has left the key set is asked for as a whole: "unchanged" would let that key speak on.
    const isProven = known && this.#deps.keys.current()?.find(known.list.kid) === known.list.key
    const etag = isProven ? known.etag : undefined
    const request = { accept: 'application/statuslist+jwt', largest: LARGEST_TOKEN, etag }
    const fetched = await fetchText(this.#address, request, edge)

    switch (fetched.kind) {
      case 'unchanged':
        if (known) this.#held = hold(known.list, known.etag, askedAt)
        return
      case 'found': {
        const list = await this.#parse(fetched.text)
        // A cache or replica that lags behind: what it says was true before what we know.
        if (known && list.issuedAt < known.list.issuedAt) {
          throw new Error(
            `${this.#uri} answered with a list of ${list.issuedAt}, older than the one at hand.`,
          )
        }
        this.#held = hold(list, fetched.headers.get('etag') ?? undefined, askedAt)
        return
      }
      case 'absent':
        throw new Error(`${this.#address} answered with status 404.`)
      default:
        throw fetched satisfies never
    }
  }

  #parse(text: string): Promise<StatusList> {
    const { keys, clockTolerance, now } = this.#deps
    return parseStatusListToken(text, {
      uri: this.#uri,
      clockTolerance,
      now,
      findKey: (kid) => keys.find(kid),
    })
  }
}

function hold(list: StatusList, etag: string | undefined, askedAt: number): HeldStatusList {
  const life = Math.min(Math.max(list.ttl ?? LIFE.otherwise, LIFE.shortest), LIFE.longest) * 1000
  const stale = list.expiresAt === undefined ? LONGEST_WITHOUT_EXPIRY * 1000 : Number.POSITIVE_INFINITY
  return { list, etag, refreshAt: askedAt + life / 2, oldAt: askedAt + life, staleAt: askedAt + stale }
}
