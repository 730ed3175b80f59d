import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PEERS, RESULTS } from '../process/paths.ts'
import type { Summary } from './aims.ts'
import { chartSpecification } from './chart.ts'
import { replacePart } from './document.ts'
import { renderTable, type Table } from './table.ts'

/** The results of a group of measurements, and where and when they were measured. */
export interface GroupResult {
  readonly group: string
  readonly title: string
  readonly takenAt: string
  readonly machine: string
  /** When the run of all its groups began, which names the run. */
  readonly run: string
  /** The commit that was measured. */
  readonly commit: string
  /** False when the group was interrupted or failed. It then holds the results so far. */
  readonly complete: boolean
  readonly tables: readonly Table[]
}

/** The beginning of a page that does not exist yet. */
const EMPTY_PAGE = `# Performance

Measured by \`npx -y pnpm bench\`: medians, with minimum and maximum in brackets.
`

/**
 * Writes a result: the raw data beside the bench, and JSON, page and chart into the folder of the page. Returns what the JSON
 * holds now.
 */
export function publish(result: GroupResult, docs: string): Summary {
  mkdirSync(RESULTS, { recursive: true })
  const stamp = result.takenAt.replaceAll(':', '-')
  writeJson(join(RESULTS, `${result.group}-${stamp}.json`), result)

  const [page, json] = [join(docs, 'performance.md'), join(docs, 'performance.json')]
  const others = existsSync(json) ? (JSON.parse(readFileSync(json, 'utf8')) as Summary) : {}
  const summary = { ...others, [result.group]: withoutDetails(result) }
  writeJson(json, summary)
  // Read only now, because others also write to this page.
  const text = existsSync(page) ? readFileSync(page, 'utf8') : EMPTY_PAGE
  const withRun = replacePart(text, { name: 'run', command: 'pnpm bench' }, describeRun(summary))
  const part = { name: result.group, command: `pnpm bench ${result.group}` }
  writeFileSync(page, replacePart(withRun, part, renderGroup(result, drawChart(result, docs))))
  return summary
}

/** Says of which commit the page is, and whether it is of one run. */
export function describeRun(summary: Summary): string {
  const results = Object.values(summary).filter((result) => result !== undefined)
  const [first] = results
  if (first !== undefined && results.every(({ run }) => run === first.run))
    return `All tables below are of one run of commit ${first.commit}, on ${first.takenAt.slice(0, 10)}, on ${first.machine}.`
  const each = results.map(({ group, commit, takenAt }) => `\`${group}\` ${commit}, ${takenAt.slice(0, 10)}`)
  return `The tables below are of different runs: ${each.join('; ')}.`
}

function withoutDetails(result: GroupResult): GroupResult {
  return { ...result, tables: result.tables.map(({ details: _details, ...table }) => table) }
}

function renderGroup(result: GroupResult, chart: string | undefined): string {
  const { title, takenAt, machine, commit, complete, tables } = result
  const how =
    `Commit ${commit}, ${takenAt.slice(0, 10)}, ${machine}.` +
    (complete ? '' : ' **This run did not finish: the tables hold what it had.**')
  return [
    `## ${title}`,
    how,
    ...(chart === undefined ? [] : [`![${title}](${chart})`]),
    ...tables.map(renderTable),
  ].join('\n\n')
}

/** Draws the chart beside the page, and returns how the page refers to it; `undefined` when there is nothing to draw. */
function drawChart({ group, tables }: GroupResult, docs: string): string | undefined {
  const specification = chartSpecification(tables)
  if (!specification) return undefined
  const args = [join(PEERS, 'tools/chart.js')]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    input: JSON.stringify(specification),
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`the chart cannot be drawn: ${stderr}`)
  const name = `performance-${group}.svg`
  writeFileSync(join(docs, name), `${stdout}\n`)
  return name
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`)
}
