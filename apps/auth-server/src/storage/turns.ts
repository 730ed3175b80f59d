/** One at a time, in the order they came, and nobody waits beyond a deadline. */
export interface Turns {
  /** Resolves to true when it is the caller's turn, and to false when the deadline came first: then it has none. */
  readonly take: (deadline: number) => Promise<boolean>
  /** Ends the caller's turn: the next one begins. */
  readonly end: () => void
}

/** Creates turns that nobody has taken yet. Deadlines are instants of `performance.now()`. */
export function createTurns(): Turns {
  let taken = false
  // In the order they came; whoever gives up leaves from the middle.
  const waiting = new Set<() => void>()

  const wait = (deadline: number): Promise<boolean> =>
    new Promise((resolve) => {
      const begin = () => {
        clearTimeout(timer)
        waiting.delete(begin)
        resolve(true)
      }
      const giveUp = () => {
        waiting.delete(begin)
        resolve(false)
      }
      const timer = setTimeout(giveUp, deadline - performance.now())
      waiting.add(begin)
    })

  return {
    take: async (deadline) => {
      if (taken) return wait(deadline)
      taken = true
      return true
    },
    end: () => {
      const [next] = waiting
      // The turn goes from hand to hand: nobody who comes now may be faster than who waits.
      if (next) next()
      else taken = false
    },
  }
}
