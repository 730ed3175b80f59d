/**
 * How many items are handed over in one turn before the event loop checks for new input. Together they take about ten
 * milliseconds.
 */
const MAX_COST_PER_TURN = 64

/** How many items are handed over in a turn that accepted a connection. Each turn accepts one, and more may be waiting. */
const MAX_COST_PER_SHORT_TURN = 4

export interface TurnsOptions<Item> {
  readonly handOver: (item: Item) => void
  /** Whether nobody waits for the item any more. */
  readonly isGone: (item: Item) => boolean
  /** How many items it counts as in its turn. The default is one. */
  readonly costOf?: (item: Item) => number
  /** How many items are handed over in one turn. The default is 64. */
  readonly mostPerTurn?: number
}

export interface Turns<Item> {
  readonly add: (network: string, item: Item) => void
  /** Makes the coming turn short, because a connection was accepted. */
  readonly shorten: () => void
}

/**
 * Hands over together what arrives in one turn of the event loop, once all input of that turn is read. Many requests then
 * take the same steps side by side and are answered close together, which makes them much cheaper for a busy server. A
 * single request waits only for the end of its turn. When more arrives than one turn takes, the networks take turns, so a
 * network with few requests does not wait behind one with many. Items that nobody waits for any more are skipped and do
 * not count, because they may arrive faster than there are turns.
 */
export function fairTurns<Item>({
  handOver,
  isGone,
  costOf = () => 1,
  mostPerTurn = MAX_COST_PER_TURN,
}: TurnsOptions<Item>): Turns<Item> {
  // In the order of their turns: a network that was served moves to the end.
  const arrived = new Map<string, Item[]>()
  let isScheduled = false
  let most = mostPerTurn

  const schedule = (): void => {
    if (!isScheduled) setImmediate(takeTurn)
    isScheduled = true
  }
  const takeTurn = (): void => {
    isScheduled = false
    let left = most
    most = mostPerTurn
    for (const [network, items] of arrived) {
      arrived.delete(network)
      const next = items.findIndex((item) => !isGone(item))
      if (next === -1) continue
      const item = items.splice(0, next + 1).at(-1)
      if (items.length > 0) arrived.set(network, items)
      if (item === undefined) continue
      handOver(item)
      left -= costOf(item)
      if (left <= 0) break
    }
    if (arrived.size > 0) schedule()
  }
  return {
    add: (network, item) => {
      schedule()
      const items = arrived.get(network)
      if (items) items.push(item)
      else arrived.set(network, [item])
    },
    shorten: () => {
      most = MAX_COST_PER_SHORT_TURN
    },
  }
}
