import { expect, it } from 'vitest'
import { describeRun } from './publish.ts'

const resultOf = (group: string, run: string, commit: string) => ({
  group,
  title: group,
  takenAt: '2026-01-02T03:04:05.000Z',
  machine: '2 cores',
  run,
  commit,
  complete: true,
  tables: [],
})

it('says of which commit the page is when it is of one run, and of which each part is otherwise', () => {
  const token = resultOf('token', 'first', 'abc1234')

  expect(describeRun({ token, scale: resultOf('scale', 'first', 'abc1234') })).toBe(
    'All tables below are of one run of commit abc1234, on 2026-01-02, on 2 cores.',
  )
  expect(describeRun({ token, scale: resultOf('scale', 'second', 'abc1234') })).toBe(
    'The tables below are of different runs: `token` abc1234, 2026-01-02; `scale` abc1234, 2026-01-02.',
  )
})
