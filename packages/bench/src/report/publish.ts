import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { PEERS, RESULTS, ROOT } from '../process/places.ts'
import type { Settings } from '../settings.ts'
import { chartSpecification } from './chart.ts'
import { replacePart } from './document.ts'
import { renderTable, type Table } from './table.ts'

/** What a group of measurements found, and where and when. */
export interface GroupResult {
  readonly group: string
  readonly title: string
  readonly takenAt: string
  readonly machine: string
  readonly settings: Settings
  /** False when it was interrupted, or something else went wrong: then it holds what there is. */
  readonly complete: boolean
  readonly tables: readonly Table[]
}

const PAGE = join(ROOT, 'docs/performance.md')
const SUMMARY = join(ROOT, 'docs/performance.json')

/** What a page begins with when nobody has written one yet. */
const EMPTY_PAGE = `# Performance

Measured by \`npx -y pnpm bench\`: medians, with minimum and maximum in brackets.
`

/** Words for the machine: what decides about figures, and nothing that names it. */
export function describeMachine(): string {
  const [first] = cpus()
  return `${cpus().length} cores (${first?.model.replaceAll(/\s+/g, ' ').trim()}), Node.js ${process.version}`
}

/** Keeps a result: raw beside the harness, and as JSON, page and chart in `docs/`. */
export function publish(result: GroupResult): void {
  mkdirSync(RESULTS, { recursive: true })
  const stamp = result.takenAt.replaceAll(':', '-')
  writeJson(join(RESULTS, `${result.group}-${stamp}.json`), result)

  const summary = existsSync(SUMMARY) ? (JSON.parse(readFileSync(SUMMARY, 'utf8')) as object) : {}
  writeJson(SUMMARY, { ...summary, [result.group]: result })
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : EMPTY_PAGE
  writeFileSync(PAGE, replacePart(page, result.group, renderGroup(result, drawChart(result))))
}

function renderGroup(result: GroupResult, chart: string | undefined): string {
  const { title, takenAt, machine, settings, complete, tables } = result
  const how =
    `${takenAt.slice(0, 10)}, ${machine}; ${settings.seconds} s each, ${settings.rounds} × there and back.` +
    (complete ? '' : ' **This run did not finish: the tables hold what it had.**')
  return [
    `## ${title}`,
    how,
    ...(chart === undefined ? [] : [`![${title}](${chart})`]),
    ...tables.map(renderTable),
  ].join('\n\n')
}

/** Draws the chart beside the page, and says what the page calls it; `undefined` when there is nothing to draw. */
function drawChart({ group, tables }: GroupResult): string | undefined {
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
  writeFileSync(join(ROOT, 'docs', name), `${stdout}\n`)
  return name
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`)
}
