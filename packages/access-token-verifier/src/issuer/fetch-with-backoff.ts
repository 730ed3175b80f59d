import type { Seconds } from '@countersign/shared'
import type { FetchOutcome } from '../options.ts'
import type { FetchEdge } from './fetch-document.ts'
import type { MonotonicClock } from './monotonic-clock.ts'

/** The first pause: a short outage is not noticed. */
const MIN_PAUSE_MS = 250
/** The longest pause: how long a caller may have to wait once the issuer is back, or once a new key is published. */
const MAX_PAUSE_MS = 5000

/** A pause between attempts, in milliseconds: 250, then twice as long each time it is lengthened, at most 5000. */
export class Backoff {
  readonly #monotonicClock: MonotonicClock
  #pause = MIN_PAUSE_MS
  #until = Number.NEGATIVE_INFINITY

  constructor(monotonicClock: MonotonicClock) {
    this.#monotonicClock = monotonicClock
  }

  /** Starts a pause of the current length. */
  start(): void {
    this.#until = this.#monotonicClock.now() + this.#pause
  }

  /** Doubles the next pause. A pause that has started keeps its length. */
  lengthen(): void {
    this.#pause = Math.min(this.#pause * 2, MAX_PAUSE_MS)
  }

  /** Makes the next pause the shortest again. */
  reset(): void {
    this.#pause = MIN_PAUSE_MS
  }

  /** What is left of the pause. 0 when there is none. */
  remaining(): number {
    return Math.max(0, this.#until - this.#monotonicClock.now())
  }
}

/** The longest time a request ever waits for the issuer, the last byte of every document included. */
export const FETCH_TIMEOUT_MS = 3000
/** Longer than the longest pause and the attempt after it, so that one outage counts as one from beginning to end. */
const RECENT_FAILURE_MS = 10_000

/** What is fetched, from whom, and with what. */
export interface FetchWithBackoffOptions {
  /** The name in the message when no answer comes. */
  readonly name: string
  /** Fetches, and keeps what it has fetched. Its rejection is kept as the failure. */
  readonly attempt: (edge: FetchEdge) => Promise<void>
  readonly onFetch?: ((outcome: FetchOutcome) => void) | undefined
  readonly fetch: typeof fetch
  readonly monotonicClock: MonotonicClock
}

/**
 * Fetches one thing again and again and never floods the server that has it. There is one fetch at a time, which all callers
 * join. It takes three seconds at most. After a failure there is a pause, which grows while the failures go on.
 */
export class FetchWithBackoff {
  readonly #options: FetchWithBackoffOptions
  readonly #backoff: Backoff
  #failure: { readonly cause: unknown; readonly at: number } | undefined
  #current: { readonly done: Promise<void>; readonly startedAt: number } | undefined
  #abort: AbortController | undefined
  #isClosed = false

  constructor(options: FetchWithBackoffOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.monotonicClock)
  }

  /** Starts a fetch or joins the current one. `undefined` during a pause, and once closed. The promise never rejects. */
  start(): Promise<void> | undefined {
    if (this.#current) return this.#current.done
    if (this.#isClosed || this.#backoff.remaining() > 0) return undefined

    const startedAt = this.#options.monotonicClock.now()
    const done = this.#attempt(startedAt)
      .then(
        () => this.#succeed(),
        (cause: unknown) => this.#fail(cause),
      )
      .finally(() => {
        this.#current = undefined
      })
    this.#current = { done, startedAt }
    return done
  }

  /** The fetch that is running now, and since when. */
  current(): { readonly done: Promise<void>; readonly startedAt: number } | undefined {
    return this.#current
  }

  /** Why the last fetch failed. `undefined` when it did not. */
  failure(): { readonly cause: unknown } | undefined {
    return this.#failure
  }

  /** True when the last fetch failed a short time ago: the issuer is away, and it helps nobody to wait for it. */
  hasJustFailed(): boolean {
    return (
      this.#failure !== undefined && this.#options.monotonicClock.now() < this.#failure.at + RECENT_FAILURE_MS
    )
  }

  /** When it is worth trying again. */
  retryAfter(): Seconds {
    return Math.max(1, Math.ceil(this.#backoff.remaining() / 1000))
  }

  /** Aborts the current fetch and starts no other. */
  close(): void {
    this.#isClosed = true
    this.#abort?.abort(new Error('The verifier was closed.'))
  }

  async #attempt(startedAt: number): Promise<void> {
    const { name, attempt, fetch, monotonicClock } = this.#options
    const abort = new AbortController()
    const cancelTimeout = monotonicClock.after(FETCH_TIMEOUT_MS, () => {
      abort.abort(new Error(`${name} did not answer within ${FETCH_TIMEOUT_MS / 1000} seconds.`))
    })
    this.#abort = abort
    try {
      await attempt({ fetch, signal: abort.signal, startedAt })
    } finally {
      cancelTimeout()
    }
  }

  #succeed(): void {
    this.#failure = undefined
    this.#backoff.reset()
    this.#options.onFetch?.({ kind: 'fetched', document: this.#options.name })
  }

  #fail(cause: unknown): void {
    this.#failure = { cause, at: this.#options.monotonicClock.now() }
    this.#backoff.start()
    this.#backoff.lengthen()
    // A fetch that we have aborted ourselves says nothing about the issuer.
    if (!this.#isClosed) this.#options.onFetch?.({ kind: 'failed', document: this.#options.name, cause })
  }
}
