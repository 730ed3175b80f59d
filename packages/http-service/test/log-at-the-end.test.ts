import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'

const run = (program: string) => [
  '--conditions=countersign-source',
  join(import.meta.dirname, 'support', program),
]

interface Line {
  readonly msg: string
  readonly n?: number
  readonly dropped?: number
}

const linesOf = (output: string) =>
  output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

it.each(['exit', 'error', 'nothing more to do'])('has every line of a process that ends by: %s', (ending) => {
  const { stdout } = spawnSync(process.execPath, [...run('ends-while-logging.ts'), ending], {
    encoding: 'utf8',
  })

  expect(linesOf(stdout).map(({ msg }) => msg)).toEqual([
    'first',
    ...Array.from({ length: 100 }, (_, n) => `line ${n}`),
  ])
})

it('does not stop a process while nobody reads, and then says how many lines it did not keep', async () => {
  const child = spawn(process.execPath, run('logs-to-nobody.ts'))
  onTestFinished(() => void child.kill('SIGKILL'))

  // It writes there once it has got through all its lines; until then nobody reads the other ones.
  await once(child.stderr, 'data')
  child.stdin.end()
  const lines = linesOf(await text(child.stdout))

  const kept = lines.filter(({ msg }) => msg === 'line').map(({ n }) => n)
  const dropped = lines.flatMap((line) => line.dropped ?? [])
  expect(kept).toEqual(kept.map((_, n) => n))
  expect(dropped).toEqual([2_000 - kept.length])
  expect(kept.length).toBeGreaterThan(800)
})
