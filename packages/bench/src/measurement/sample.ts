import type { WarmUpReport } from './steadiness.ts'

/** The result of one window of one candidate. What this system cannot report is absent. */
export interface Sample {
  readonly perSecond: number
  readonly requests: number
  /** In milliseconds. */
  readonly p50?: number
  readonly p99?: number
  /** Processor time of the server per request, user and system, in microseconds. */
  readonly cpuMicros?: number
  /** Resident memory of the server afterwards, in bytes. */
  readonly memory?: number
  /** The share of its core that the load generator used. Near 1, the generator is the bottleneck. */
  readonly generatorBusy?: number
  /** The share of one core that processes of others used meanwhile. */
  readonly othersShare?: number
}

/** Our server, an alternative that a user could choose, or a limit that no candidate can exceed. */
export type Kind = 'ours' | 'peer' | 'limit'

/** A candidate with its windows, or with the reason why it was not measured. */
export type Standing = { readonly name: string; readonly kind: Kind } & (
  | {
      readonly samples: readonly Sample[]
      readonly warmUps: readonly WarmUpReport[]
      /** How many windows were measured again, and how many of those that count others disturbed. */
      readonly repeated: number
      readonly disturbed: number
    }
  | { readonly failed: string }
)
