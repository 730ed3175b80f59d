/**
 * Remembers what is asked for again and again, and never more than its capacity. What is asked for gets a mark; when room
 * is needed, the oldest without one goes, and those with one lose it and stay. So a hit moves nothing, and what fits stays.
 */
export class SecondChanceCache<K, V> {
  readonly #capacity: number
  readonly #entries = new Map<K, { value: V; isMarked: boolean }>()
  /** Stays where it has come to: one from the beginning would pass over everything that has ever been taken out there. */
  #oldest = this.#entries.entries()

  /** `capacity` is 1 or more. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** What was kept under a key; asking for it keeps it for longer. */
  get(key: K): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    entry.isMarked = true
    return entry.value
  }

  /** Keeps a value, and answers with the one that had to go for it. */
  set(key: K, value: V): V | undefined {
    const isFull = this.#entries.size >= this.#capacity && !this.#entries.has(key)
    const gone = isFull ? this.dropOldest() : undefined
    this.#entries.set(key, { value, isMarked: false })
    return gone
  }

  /**
   * Lets one value go as if room were needed, and answers with it; `undefined` when none is kept. Ends in the second round
   * at the latest, when every mark is gone; each mark is taken once for the hit that made it.
   */
  dropOldest(): V | undefined {
    while (this.#entries.size > 0) {
      const { value: oldest } = this.#oldest.next()
      if (oldest === undefined) {
        this.#oldest = this.#entries.entries()
        continue
      }
      const [key, entry] = oldest
      this.#entries.delete(key)
      if (!entry.isMarked) return entry.value
      entry.isMarked = false
      this.#entries.set(key, entry)
    }
    return undefined
  }

  delete(key: K): void {
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }

  /** Everything that is kept. */
  values(): readonly V[] {
    return [...this.#entries.values()].map(({ value }) => value)
  }
}
