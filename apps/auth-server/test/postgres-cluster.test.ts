import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

it('the PostgreSQL of the tests leaves a process the exit code it has set, so that a failed test fails the run', () => {
  const script = `await import('@countersign/test-tools/postgres'); process.exitCode = 3`

  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })

  expect({ status, stderr }).toEqual({ status: 3, stderr: '' })
})
