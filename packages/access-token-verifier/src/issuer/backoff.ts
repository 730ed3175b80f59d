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
