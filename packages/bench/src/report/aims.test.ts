import { expect, it } from 'vitest'
import { renderAims } from './aims.ts'
import type { GroupResult } from './publish.ts'

const resultOf = (group: string, tables: GroupResult['tables']): GroupResult => ({
  group,
  title: group,
  takenAt: '2026-01-01T00:00:00.000Z',
  machine: 'a machine',
  run: '2026-01-01T00:00:00.000Z',
  commit: 'abc1234',
  complete: true,
  tables,
})
const issuing = (ofLimit: number, ofOurs: number) => ({
  title: '`POST /token`, client_credentials',
  columns: [],
  rows: [
    { title: 'countersign, on SQLite', cells: { ofLimit } },
    { title: 'oidc-provider', cells: { ofOurs } },
    { title: '@jmondi/oauth2-server', cells: { ofOurs: 0.5 } },
  ],
})

it('compares figures with the aims, all of them, and says nothing of what was not measured', () => {
  const ready = {
    title: 'Time to ready',
    columns: [],
    rows: [
      { title: 'authorization server, existing database', cells: { ms: { median: 300, min: 1, max: 900 } } },
      { title: 'resource server, issuer running', cells: { ms: { median: 250, min: 1, max: 900 } } },
    ],
  }
  const summary = {
    token: resultOf('token', [issuing(0.87, 0.9)]),
    footprint: resultOf('footprint', [ready]),
  }
  const lines = renderAims(summary).split('\n')
  const lineOf = (words: string) => lines.find((line) => line.includes(words))

  expect(lineOf('only signs')).toMatch(/\| 0\.87 \| yes \|$/)
  expect(lineOf('oidc-provider')).toMatch(/\| 1\.11, 2\.00 \| NO \|$/)
  expect(lineOf('450 ms')).toMatch(/\| 300, 250 \| yes \|$/)
  expect(lineOf('sign-in storm')).toMatch(/\| – \| – \|$/)
})
