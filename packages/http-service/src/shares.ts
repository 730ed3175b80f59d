/** Distributes a limited number of something among networks. */
export interface Shares {
  /** Takes one. Returns false when all are taken and the network already has its share or more. */
  readonly take: (network: string) => boolean
  readonly giveBack: (network: string) => void
}

/**
 * While some are free, every network gets what it asks for. When none are free, each network gets its share: the total
 * divided by the number of networks that hold any. A network below its share still gets more, so slightly more than the
 * total is given out.
 */
export function createShares(most: number): Shares {
  const taken = new Map<string, number>()
  let total = 0

  return {
    take: (network) => {
      const own = taken.get(network) ?? 0
      const networks = taken.size + (own === 0 ? 1 : 0)
      if (total >= most && own >= most / networks) return false
      taken.set(network, own + 1)
      total += 1
      return true
    },
    giveBack: (network) => {
      const own = taken.get(network) ?? 0
      if (own > 1) taken.set(network, own - 1)
      else taken.delete(network)
      total -= 1
    },
  }
}
