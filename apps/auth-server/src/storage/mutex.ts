/** Admits one caller at a time, in the order they came, and lets nobody wait beyond a deadline. */
export interface Mutex {
  /** True once the caller holds the mutex; false when the deadline came first. Deadlines are instants of `performance.now()`. */
  readonly acquire: (deadline: number) => Promise<boolean>
  /** Gives the mutex to the next in line. */
  readonly release: () => void
}

/** Creates a mutex that nobody holds. */
export function createMutex(): Mutex {
  let isHeld = false
  // In the order they came; a caller that gives up leaves from the middle.
  const waiting = new Set<() => void>()

  const wait = (deadline: number): Promise<boolean> =>
    new Promise((resolve) => {
      const admit = () => {
        clearTimeout(timer)
        waiting.delete(admit)
        resolve(true)
      }
      const giveUp = () => {
        waiting.delete(admit)
        resolve(false)
      }
      const timer = setTimeout(giveUp, deadline - performance.now())
      waiting.add(admit)
    })

  return {
    acquire: async (deadline) => {
      if (isHeld) return wait(deadline)
      isHeld = true
      return true
    },
    release: () => {
      const [next] = waiting
      // It is handed over while it is held, so that nobody who comes now overtakes those who wait.
      if (next) next()
      else isHeld = false
    },
  }
}
