/** How much each network has of something there is a limited amount of. */
export interface Shares {
  /** Takes one. False when all are taken and the network has its share of them or more. */
  readonly take: (network: string) => boolean
  readonly giveBack: (network: string) => void
}

/**
 * While there is room everybody gets what they ask for. When there is none, each network gets its share: the whole by the
 * number of networks that have any. Those that have less still get it, so a little more is given out than there is.
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
