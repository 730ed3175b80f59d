import type { Cores } from './process/cores.ts'
import type { Table } from './report/table.ts'
import type { Settings } from './settings.ts'

/** What every group of measurements is given. */
export interface Bench {
  readonly settings: Settings
  readonly cores: Cores
  /** Aborted when somebody interrupts: whoever measures stops where it is. */
  readonly signal: AbortSignal
  /** Tells whoever waits what is going on. */
  readonly progress: (text: string) => void
  /** Keeps a table, in place of the one with the same title: again and again, as it fills. */
  readonly keep: (table: Table) => void
}

/** A group of measurements, by the name it has on the command line. */
export interface Group {
  readonly name: string
  readonly title: string
  readonly run: (bench: Bench) => Promise<void>
}
