import type { Spread } from '../measurement/statistics.ts'
import type { Row, Table } from './table.ts'

/** One bar: the candidate, its table, and the value. */
interface Bar {
  readonly table: string
  readonly name: string
  readonly kind: string
  readonly value: number
  readonly min: number
  readonly max: number
}

const COLOURS = { ours: '#2f6f4f', peer: '#9aa5b1', limit: '#d9c58b' } as const

/**
 * A Vega-Lite specification: horizontal bars with their extremes, and a panel for each table with a charted column.
 * `undefined` when there is nothing to show.
 */
export function chartSpecification(tables: readonly Table[]): object | undefined {
  const bars = tables.flatMap((table) => table.rows.flatMap((row) => barOf(table, row)))
  if (bars.length === 0) return undefined
  const unit = tables.flatMap(({ columns, charted }) => columns.find((one) => one.key === charted) ?? [])[0]

  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 12,
    config: { font: 'system-ui, sans-serif', view: { stroke: null } },
    data: { values: bars },
    facet: {
      row: {
        field: 'table',
        type: 'nominal',
        sort: tables.map(({ title }) => plain(title)),
        title: null,
        header: headerStyle(),
      },
    },
    resolve: { scale: { x: 'independent', y: 'independent' } },
    spec: { width: 520, height: { step: 20 }, layer: layers(unit?.title ?? '') },
  }
}

function layers(unit: string): readonly object[] {
  const y = { field: 'name', type: 'nominal', sort: null, title: null, axis: { labelLimit: 300 } }
  const colour = {
    field: 'kind',
    type: 'nominal',
    title: null,
    scale: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
  }
  return [
    {
      mark: 'bar',
      encoding: { y, x: { field: 'value', type: 'quantitative', title: unit }, color: colour },
    },
    {
      mark: { type: 'rule', color: '#333333' },
      encoding: { y, x: { field: 'min', type: 'quantitative' }, x2: { field: 'max' } },
    },
    {
      mark: { type: 'text', align: 'left', dx: 5, color: '#333333' },
      encoding: {
        y,
        x: { field: 'max', type: 'quantitative' },
        text: { field: 'value', type: 'quantitative', format: ',.3~r' },
      },
    },
  ]
}

function headerStyle(): object {
  return {
    labelAngle: 0,
    labelOrient: 'top',
    labelAnchor: 'start',
    labelFontWeight: 'bold',
    labelFontSize: 13,
  }
}

function barOf({ title, charted }: Table, row: Row): readonly Bar[] {
  const cell = charted === undefined ? undefined : row.cells[charted]
  if (typeof cell !== 'object') return []
  const { median, min, max }: Spread = cell
  return [{ table: plain(title), name: row.title, kind: row.kind ?? 'peer', value: median, min, max }]
}

function plain(markdown: string): string {
  return markdown.replaceAll('`', '')
}
