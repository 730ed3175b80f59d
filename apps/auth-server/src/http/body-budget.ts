/** What unfinished bodies may hold together: some thousand ordinary forms, or five hundred of the largest. */
const MAX_HELD_BYTES = 33_554_432

/** One body that is being read. */
export interface HeldBody {
  readonly add: (bytes: number) => void
  readonly release: () => void
}

/** Begins to count a body; `giveWay` is called at most once, when it has to make room for others. */
export type BodyBudget = (giveWay: () => void) => HeldBody

/**
 * Bounds what all bodies that are being read hold together. Beyond the bound the largest body gives way, and the oldest
 * of several that are equal. So an ordinary form that is sent at once never gives way.
 */
export function createBodyBudget(most: number = MAX_HELD_BYTES): BodyBudget {
  const held = new Map<() => void, number>()
  let total = 0

  const release = (giveWay: () => void): void => {
    total -= held.get(giveWay) ?? 0
    held.delete(giveWay)
  }
  const makeRoom = (): void => {
    let largest: (() => void) | undefined
    let bytes = 0
    for (const [giveWay, own] of held) {
      if (own > bytes) [largest, bytes] = [giveWay, own]
    }
    if (!largest) return
    release(largest)
    largest()
  }

  return (giveWay) => {
    held.set(giveWay, 0)
    return {
      add: (bytes) => {
        const own = held.get(giveWay)
        if (own === undefined) return
        held.set(giveWay, own + bytes)
        total += bytes
        if (total > most) makeRoom()
      },
      release: () => release(giveWay),
    }
  }
}
