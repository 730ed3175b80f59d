import type { Bench, Group } from './bench.ts'
import { planCores } from './process/cores.ts'
import type { GroupResult } from './report/publish.ts'
import { renderTable, type Table } from './report/table.ts'
import type { Settings } from './settings.ts'

/** What all groups of one run have in common. */
export interface Run {
  readonly settings: Settings
  readonly signal: AbortSignal
  readonly say: (text: string) => void
  /** When it began. */
  readonly began: string
  readonly commit: string
  readonly machine: string
}

/** Runs a group and prints its tables. When it fails or is interrupted, the result holds what it had. */
export async function runGroup(
  { settings, signal, say, began, commit, machine }: Run,
  group: Group,
): Promise<GroupResult> {
  const takenAt = new Date().toISOString()
  const tables = new Map<string, Table>()
  const bench: Bench = {
    settings,
    cores: planCores(),
    signal,
    progress: (text) => say(`${group.name}  ${text}`),
    keep: (table) => void tables.set(table.title, table),
  }
  let complete = true
  try {
    await group.run(bench)
  } catch (error) {
    complete = false
    say(`${group.name}  stopped: ${error instanceof Error ? error.stack : error}`)
  }
  const kept = [...tables.values()]
  if (kept.length > 0) process.stdout.write(`\n${kept.map(renderTable).join('\n\n')}\n\n`)
  const { name, title } = group
  return { group: name, title, takenAt, machine, run: began, commit, complete, tables: kept }
}
