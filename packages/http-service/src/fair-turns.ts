/** How many of one turn go before the event loop looks for what else has arrived: together they take some ten milliseconds. */
const MAX_COST_PER_TURN = 64

/** How many go in a turn in which a connection was taken. One is taken in each, and others may be waiting for theirs. */
const MAX_COST_PER_SHORT_TURN = 4

export interface TurnsOptions<Item> {
  readonly handOver: (item: Item) => void
  /** Whether nobody waits for it any more. */
  readonly isGone: (item: Item) => boolean
  /** As how many it counts in its turn, unless as one. */
  readonly costOf?: (item: Item) => number
  /** How many go in one turn, unless 64 can. */
  readonly mostPerTurn?: number
}

export interface Turns<Item> {
  readonly add: (network: string, item: Item) => void
  /** Makes the coming turn a short one, as a connection was taken. */
  readonly shorten: () => void
}

/**
 * Hands over what arrives in one turn of the event loop together, once all that had arrived is read. Many requests then
 * take the same steps side by side and are answered close together, which makes them much cheaper for a busy server; one
 * that is alone waits for the end of its turn and for nothing else. Where more arrives than a turn takes, the networks
 * take turns, so that whoever asks for little does not wait behind whoever asks for a lot. What nobody waits for any more
 * is passed over and takes no turn: it may come faster than there are turns.
 */
export function fairTurns<Item>({
  handOver,
  isGone,
  costOf = () => 1,
  mostPerTurn = MAX_COST_PER_TURN,
}: TurnsOptions<Item>): Turns<Item> {
  // In the order of their turn: whoever was served goes to the end.
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
