import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { gatherLines } from './gather-lines.ts'

/** What a destination was given, write by write. */
function gathering() {
  const writes: string[] = []
  return { writes, lines: gatherLines({ write: (text) => void writes.push(text) }) }
}

it('writes the lines of one turn together, at its end', async () => {
  const { lines, writes } = gathering()

  lines.write('one\n')
  lines.write('two\n')
  const during = [...writes]
  await turn()

  expect(during).toEqual([])
  expect(writes).toEqual(['one\ntwo\n'])
})

it('writes what follows soon after together as well, in order and each once', async () => {
  const { lines, writes } = gathering()
  const all = Array.from({ length: 50 }, (_, n) => `line ${n}\n`)

  for (const line of all) {
    lines.write(line)
    await turn()
  }
  while (!writes.join('').endsWith('line 49\n')) await turn()

  expect(writes.join('')).toBe(all.join(''))
  expect(writes.length).toBeLessThan(all.length)
})
