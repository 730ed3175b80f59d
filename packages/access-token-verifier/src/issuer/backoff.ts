import type { MonotonicClock } from './monotonic-clock.ts'

/** The first pause, short enough that a blip is not noticed. */
const MIN_PAUSE_MS = 250
/** The longest pause: what a caller may have to wait after the issuer is back, or after a new key is published. */
const MAX_PAUSE_MS = 5000

/** A pause between attempts, in milliseconds: 250, then twice as long each time it is lengthened, 5000 at most. */
export class Backoff {
  readonly #monotonicClock: MonotonicClock
  #pause = MIN_PAUSE_MS
  #until = Number.NEGATIVE_INFINITY

  constructor(monotonicClock: MonotonicClock) {
    this.#monotonicClock = monotonicClock
  }

  /** Begins a pause of the present length. */
  start(): void {
    this.#until = this.#monotonicClock.now() + this.#pause
  }

  /** Doubles the next pause; one that has begun keeps its length. */
  lengthen(): void {
    this.#pause = Math.min(this.#pause * 2, MAX_PAUSE_MS)
  }

  /** Makes the next pause the shortest again. */
  reset(): void {
    this.#pause = MIN_PAUSE_MS
  }

  /** What is left of the pause; 0 when there is none. */
  remaining(): number {
    return Math.max(0, this.#until - this.#monotonicClock.now())
  }
}
