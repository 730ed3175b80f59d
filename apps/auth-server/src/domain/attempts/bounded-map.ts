/** A map that forgets what was set the longest ago, so that it never holds more than it may. */
export interface BoundedMap<Value> {
  readonly get: (key: string) => Value | undefined
  readonly set: (key: string, value: Value) => void
  readonly delete: (key: string) => void
  readonly size: () => number
}

/**
 * Creates one for `most` entries. In two generations: when the young one is full, the old one is dropped whole. To delete
 * the first key of one map each time would be quadratic, since V8 looks for it past all that were deleted before: what
 * took minutes for a million keys takes seconds in this way.
 */
export function createBoundedMap<Value>(most: number): BoundedMap<Value> {
  let young = new Map<string, Value>()
  let old = new Map<string, Value>()

  return {
    get: (key) => young.get(key) ?? old.get(key),
    set: (key, value) => {
      old.delete(key)
      young.set(key, value)
      if (young.size < most / 2) return
      old = young
      young = new Map()
    },
    delete: (key) => {
      young.delete(key)
      old.delete(key)
    },
    size: () => young.size + old.size,
  }
}
