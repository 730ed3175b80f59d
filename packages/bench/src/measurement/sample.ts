/** What one measurement of one candidate found. What cannot be known on this system is absent. */
export interface Sample {
  readonly perSecond: number
  /** In milliseconds. */
  readonly p50?: number
  readonly p99?: number
  /** Processor time of the server per request, user and system, in microseconds. */
  readonly cpuMicros?: number
  /** Resident memory of the server afterwards, in bytes. */
  readonly memory?: number
  /** The share of its core that the load generator used: near 1 it is what limits. */
  readonly generatorBusy?: number
}

/** Ours, one of those a user could pick instead, or what no candidate can be faster than. */
export type Kind = 'ours' | 'peer' | 'limit'

/** A candidate with what was measured of it, or with the reason why it was not. */
export type Standing =
  | { readonly name: string; readonly kind: Kind; readonly samples: readonly Sample[] }
  | { readonly name: string; readonly kind: Kind; readonly failed: string }
