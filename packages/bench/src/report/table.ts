import type { Kind } from '../measurement/sample.ts'
import type { Spread } from '../measurement/statistics.ts'

/** A table of results, as stored in JSON and shown in Markdown. */
export interface Table {
  readonly title: string
  /** What was done, and what a reader needs to know. */
  readonly note?: string
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  /** The column that the chart shows. A table without one is not in the chart. */
  readonly charted?: string
  /** What only the raw results hold: each measurement, and how it was made. */
  readonly details?: unknown
}

export interface Column {
  readonly key: string
  readonly title: string
  /** The number of digits after the decimal point. */
  readonly digits: number
}

export interface Row {
  readonly title: string
  readonly kind?: Kind
  /** Why it was not measured. There are no cells in that case. */
  readonly failed?: string
  /** Keyed by column. A missing cell was not measured. */
  readonly cells: Readonly<Record<string, Spread | number | string | undefined>>
}

/** The table in Markdown: the median of each cell and, in brackets, the spread of its measurements. */
export function renderTable({ title, note, columns, rows }: Table): string {
  const head = ['', ...columns.map((column) => column.title)]
  const body = rows.map((row) => [
    row.kind === 'ours' ? `**${row.title}**` : row.title,
    ...columns.map((column, index) => cellOf(row, column, index)),
  ])
  const lines = [head, head.map((_title, index) => (index === 0 ? '---' : '---:')), ...body].map(
    (cells) => `| ${cells.join(' | ')} |`,
  )
  return [`### ${title}`, '', ...(note === undefined ? [] : [note, '']), ...lines].join('\n')
}

function cellOf(row: Row, { key, digits }: Column, index: number): string {
  if (row.failed !== undefined) return index === 0 ? `not measured: ${oneLine(row.failed)}` : ''
  const cell = row.cells[key]
  if (cell === undefined) return '–'
  if (typeof cell === 'string') return oneLine(cell)
  if (typeof cell === 'number') return formatNumber(cell, digits)
  const { median, min, max } = cell
  const [middle, least, most] = [median, min, max].map((value) => formatNumber(value, digits))
  return least === most ? `${middle}` : `${middle} (${least}–${most})`
}

/** A number with digits in groups of three and the given number of digits after the decimal point. */
export function formatNumber(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')
}
