import type { Cores } from './process/cores.ts'
import type { Table } from './report/table.ts'
import type { Settings } from './settings.ts'

/** What every group of measurements receives. */
export interface Bench {
  readonly settings: Settings
  readonly cores: Cores
  /** Aborted on an interrupt. A measurement then stops where it is. */
  readonly signal: AbortSignal
  /** Reports progress to the user. */
  readonly progress: (text: string) => void
  /** Stores a table, and replaces the one with the same title. Called again and again as the table fills. */
  readonly keep: (table: Table) => void
}

/** A group of measurements, with its name on the command line. */
export interface Group {
  readonly name: string
  readonly title: string
  readonly run: (bench: Bench) => Promise<void>
}
