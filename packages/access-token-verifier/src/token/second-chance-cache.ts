/**
 * A cache of fixed capacity with the second-chance algorithm (CLOCK). A hit marks its entry and moves nothing. When room is
 * needed, the oldest entry without a mark is dropped; marked entries before it lose their mark and stay.
 */
export class SecondChanceCache<K, V> {
  readonly #capacity: number
  readonly #entries = new Map<K, { value: V; isMarked: boolean }>()
  /** Goes on where it stopped. An iterator from the beginning would walk over all entries that were deleted there. */
  #oldest = this.#entries.entries()

  /** `capacity` is 1 or more. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** The value under a key. Asking for it keeps it for longer. */
  get(key: K): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    entry.isMarked = true
    return entry.value
  }

  /** Caches a value, and returns the one that was dropped for it. */
  set(key: K, value: V): V | undefined {
    const isFull = this.#entries.size >= this.#capacity && !this.#entries.has(key)
    const dropped = isFull ? this.dropOldest() : undefined
    this.#entries.set(key, { value, isMarked: false })
    return dropped
  }

  /**
   * Drops one value as if room were needed, and returns it. `undefined` when the cache is empty. It ends in the second round
   * at the latest, when every mark is gone.
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

  clear(): void {
    this.#entries.clear()
  }

  /** All cached values. */
  values(): readonly V[] {
    return [...this.#entries.values()].map(({ value }) => value)
  }
}
