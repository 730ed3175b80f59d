import type { Seconds } from '@countersign/shared'
import { Backoff } from './backoff.ts'
import type { DocumentEdge } from './fetch-document.ts'
import type { FetchOutcome } from '../options.ts'
import type { MonotonicClock } from './monotonic-clock.ts'

/** All a caller ever waits for the issuer, the last byte of every document included, in milliseconds. */
export const FETCH_TIMEOUT_MS = 3000
/** In milliseconds: longer than the longest pause and the attempt after it, so that an outage is one from end to end. */
const RECENT_FAILURE_MS = 10_000

/** What is fetched, from whom, and over which edges. */
export interface FetchWithBackoffOptions {
  /** Whom a message names when no answer comes. */
  readonly whom: string
  /** Fetches, and keeps what it has fetched. What it rejects with is kept as the failure. */
  readonly attempt: (edge: DocumentEdge) => Promise<void>
  readonly onFetch?: ((outcome: FetchOutcome) => void) | undefined
  readonly fetch: typeof fetch
  readonly monotonicClock: MonotonicClock
}

/**
 * Fetches the same thing again and again without ever flooding whoever has it: one fetch at a time, which everybody joins,
 * of three seconds at most, and after a failure a pause that grows while they go on.
 */
export class FetchWithBackoff {
  readonly #options: FetchWithBackoffOptions
  readonly #pauses: Backoff
  #failure: { readonly cause: unknown; readonly at: number } | undefined
  #inFlight: Promise<void> | undefined
  #abort: AbortController | undefined
  #closed = false

  constructor(options: FetchWithBackoffOptions) {
    this.#options = options
    this.#pauses = new Backoff(options.monotonicClock)
  }

  /** Begins, or joins the one under way; `undefined` while a failure cools down, and once closed. Never rejects. */
  begin(): Promise<void> | undefined {
    if (this.#inFlight) return this.#inFlight
    if (this.#closed || this.#pauses.remaining() > 0) return undefined

    this.#inFlight = this.#attempt()
      .then(
        () => this.#succeed(),
        (cause: unknown) => this.#fail(cause),
      )
      .finally(() => {
        this.#inFlight = undefined
      })
    return this.#inFlight
  }

  /** True while a fetch is under way. */
  isUnderWay(): boolean {
    return this.#inFlight !== undefined
  }

  /** Why the last fetch failed; `undefined` when it did not. */
  failure(): { readonly cause: unknown } | undefined {
    return this.#failure
  }

  /** True when the last fetch failed, and not long ago: the issuer is away, and waiting for it would help nobody. */
  hasJustFailed(): boolean {
    return (
      this.#failure !== undefined && this.#options.monotonicClock.now() < this.#failure.at + RECENT_FAILURE_MS
    )
  }

  /** When it is worth asking again. */
  retryAfter(): Seconds {
    return Math.max(1, Math.ceil(this.#pauses.remaining() / 1000))
  }

  /** Ends what is under way and begins nothing more. */
  close(): void {
    this.#closed = true
    this.#abort?.abort(new Error('The verifier was closed.'))
  }

  /** True once nothing more is begun. */
  isClosed(): boolean {
    return this.#closed
  }

  async #attempt(): Promise<void> {
    const { whom, attempt, fetch, monotonicClock } = this.#options
    const abort = new AbortController()
    const cancelTimeout = monotonicClock.after(FETCH_TIMEOUT_MS, () => {
      abort.abort(new Error(`${whom} did not answer within ${FETCH_TIMEOUT_MS / 1000} seconds.`))
    })
    this.#abort = abort
    try {
      await attempt({ fetch, signal: abort.signal })
    } finally {
      cancelTimeout()
    }
  }

  #succeed(): void {
    this.#failure = undefined
    this.#pauses.reset()
    this.#options.onFetch?.({ kind: 'fetched', document: this.#options.whom })
  }

  #fail(cause: unknown): void {
    this.#failure = { cause, at: this.#options.monotonicClock.now() }
    this.#pauses.start()
    this.#pauses.lengthen()
    // What we have cut off ourselves says nothing of the issuer.
    if (!this.#closed) this.#options.onFetch?.({ kind: 'failed', document: this.#options.whom, cause })
  }
}
