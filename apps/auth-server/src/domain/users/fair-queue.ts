/** How many networks are remembered as served. Whoever is forgotten goes first once more. */
const MOST_REMEMBERED = 1024

export interface FairQueueOptions {
  /** How many run at once. */
  readonly places: number
  /** How many wait for a place. */
  readonly mostWaiting: number
  /** What is thrown at whoever finds no room, or gives way. */
  readonly refusal: () => Error
}

interface Waiting {
  readonly begin: () => void
  readonly giveWay: () => void
}

/**
 * A queue that goes from network to network: a free place goes to the one that was served least recently, and within it
 * in the order of arrival. Whoever comes for the first time is therefore next, however much others have waiting. When
 * nobody more may wait, the network that has most waiting gives way with its newest, unless the newcomer is of it.
 */
export class FairQueue {
  readonly #options: FairQueueOptions
  readonly #waiting = new Map<string, Waiting[]>()
  /** The least recently served first. */
  readonly #served = new Set<string>()
  #running = 0
  #length = 0

  constructor(options: FairQueueOptions) {
    this.#options = options
  }

  /** How many wait. */
  get length(): number {
    return this.#length
  }

  /** Works when it is this network's turn. */
  async run<T>(network: string, work: () => Promise<T>): Promise<T> {
    await this.#turn(network)
    try {
      return await work()
    } finally {
      this.#running -= 1
      this.#beginNext()
    }
  }

  #turn(network: string): Promise<void> {
    if (this.#running >= this.#options.places) this.#makeRoom(network)
    return new Promise((begin, giveWay) => {
      const waiting = { begin, giveWay: () => giveWay(this.#options.refusal()) }
      const ofNetwork = this.#waiting.get(network)
      if (ofNetwork) ofNetwork.push(waiting)
      else this.#waiting.set(network, [waiting])
      this.#length += 1
      this.#beginNext()
    })
  }

  #beginNext(): void {
    if (this.#running >= this.#options.places) return
    const network = this.#next()
    if (network === undefined) return
    this.#running += 1
    this.#remember(network)
    this.#take(network, (ofNetwork) => ofNetwork.shift())?.begin()
  }

  #next(): string | undefined {
    for (const network of this.#waiting.keys()) if (!this.#served.has(network)) return network
    for (const network of this.#served) if (this.#waiting.has(network)) return network
    return undefined
  }

  #remember(network: string): void {
    this.#served.delete(network)
    this.#served.add(network)
    const [oldest] = this.#served
    if (this.#served.size > MOST_REMEMBERED && oldest !== undefined) this.#served.delete(oldest)
  }

  /** Whoever gives way must be left with no less than the newcomer then has, or two would drive each other out in turn. */
  #makeRoom(newcomer: string): void {
    if (this.#length < this.#options.mostWaiting) return
    let heaviest = newcomer
    let most = (this.#waiting.get(newcomer)?.length ?? 0) + 1
    for (const [network, { length }] of this.#waiting) {
      if (length > most) [heaviest, most] = [network, length]
    }
    if (heaviest === newcomer) throw this.#options.refusal()
    this.#take(heaviest, (ofNetwork) => ofNetwork.pop())?.giveWay()
  }

  #take(network: string, pick: (ofNetwork: Waiting[]) => Waiting | undefined): Waiting | undefined {
    const ofNetwork = this.#waiting.get(network) ?? []
    const picked = pick(ofNetwork)
    if (ofNetwork.length === 0) this.#waiting.delete(network)
    this.#length -= 1
    return picked
  }
}
