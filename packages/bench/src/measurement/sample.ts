/** The result of one measurement of one candidate. What this system cannot report is absent. */
export interface Sample {
  readonly perSecond: number
  /** In milliseconds. */
  readonly p50?: number
  readonly p99?: number
  /** Processor time of the server per request, user and system, in microseconds. */
  readonly cpuMicros?: number
  /** Resident memory of the server afterwards, in bytes. */
  readonly memory?: number
  /** The share of its core that the load generator used. Near 1, the generator is the bottleneck. */
  readonly generatorBusy?: number
}

/** Our server, an alternative that a user could choose, or a limit that no candidate can exceed. */
export type Kind = 'ours' | 'peer' | 'limit'

/** A candidate with its measurements, or with the reason why it was not measured. */
export type Standing =
  | { readonly name: string; readonly kind: Kind; readonly samples: readonly Sample[] }
  | { readonly name: string; readonly kind: Kind; readonly failed: string }
