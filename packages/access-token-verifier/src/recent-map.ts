/**
 * Remembers what was asked for recently, and never more than its capacity. Two generations instead of a list in order of
 * use: a hit costs one look-up and moves nothing, and the oldest half goes at once, by dropping a map.
 */
export class RecentMap<K, V extends NonNullable<unknown>> {
  readonly #half: number
  #young: Map<K, V> = new Map()
  #old: Map<K, V> = new Map()

  /** `capacity` is 2 or more. */
  constructor(capacity: number) {
    this.#half = Math.max(1, Math.floor(capacity / 2))
  }

  /** What was kept under a key; asking for it keeps it for longer. */
  get(key: K): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  delete(key: K): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }

  clear(): void {
    this.#young = new Map()
    this.#old = new Map()
  }

  /** Everything that is kept. */
  values(): readonly V[] {
    return [...new Map([...this.#old, ...this.#young]).values()]
  }
}
