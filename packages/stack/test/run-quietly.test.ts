import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runQuietly } from '../src/run-quietly.ts'

const place = { cwd: tmpdir(), env: { PATH: process.env.PATH, WORD: 'told' } }

it('keeps what a program says, on both its outputs, and how it ended', async () => {
  const script = "console.log(process.env.WORD); console.error('why'); process.exitCode = 3"

  const { code, output } = await runQuietly(['-e', script], place)

  expect(code).toBe(3)
  expect(output.split('\n').toSorted()).toEqual(['', 'told', 'why'])
})

it('tells why a program did not start', async () => {
  const nowhere = join(tmpdir(), 'nowhere', 'at', 'all')

  expect(await runQuietly(['-v'], { ...place, cwd: nowhere })).toEqual({
    code: null,
    output: expect.stringContaining('ENOENT'),
  })
})
