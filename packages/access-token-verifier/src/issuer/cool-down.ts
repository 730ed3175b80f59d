import type { Stopwatch } from './stopwatch.ts'

/** The first pause, short enough that a blip is not noticed. */
const SHORTEST = 250
/** The longest pause: what a caller may have to wait after the issuer is back, or after a new key is published. */
const LONGEST = 5000

/** A pause between attempts, in milliseconds: 250, then twice as long each time it is lengthened, 5000 at most. */
export class CoolDown {
  readonly #stopwatch: Stopwatch
  #pause = SHORTEST
  #until = Number.NEGATIVE_INFINITY

  constructor(stopwatch: Stopwatch) {
    this.#stopwatch = stopwatch
  }

  /** Begins a pause of the present length. */
  rest(): void {
    this.#until = this.#stopwatch.elapsed() + this.#pause
  }

  /** Doubles the next pause; one that has begun keeps its length. */
  lengthen(): void {
    this.#pause = Math.min(this.#pause * 2, LONGEST)
  }

  /** Makes the next pause the shortest again. */
  reset(): void {
    this.#pause = SHORTEST
  }

  /** What is left of the pause; 0 when there is none. */
  remaining(): number {
    return Math.max(0, this.#until - this.#stopwatch.elapsed())
  }
}
