import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const PROGRAM = join(import.meta.dirname, 'support/ends-while-logging.ts')

it.each(['exit', 'error', 'nothing more to do'])('has every line of a process that ends by: %s', (ending) => {
  const { stdout } = spawnSync(process.execPath, ['--conditions=countersign-source', PROGRAM, ending], {
    encoding: 'utf8',
  })

  const said = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg)
  expect(said).toEqual(['first', ...Array.from({ length: 100 }, (_, n) => `line ${n}`)])
})
