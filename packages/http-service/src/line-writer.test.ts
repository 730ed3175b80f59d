import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { LineWriter } from './line-writer.ts'

/** A writer to a reader that can be slow, and what arrived there, write by write. */
function writing() {
  const reader = { writes: [] as string[], takes: Number.POSITIVE_INFINITY, error: undefined as unknown }
  const lines = new LineWriter((bytes) => {
    if (reader.error) throw reader.error
    const taken = Buffer.from(bytes.subarray(0, reader.takes))
    reader.writes.push(taken.toString('latin1'))
    return taken.length
  })
  const text = () => reader.writes.join('')
  const until = async (end: string) => {
    while (!text().endsWith(end)) await turn()
  }
  return { lines, reader, text, until }
}

const failing = (code: string) => Object.assign(new Error(code), { code })

it('writes the lines of one turn together, at its end', async () => {
  const { lines, reader } = writing()

  lines.write('one\n')
  lines.write('two\n')
  const during = [...reader.writes]
  await turn()

  expect(during).toEqual([])
  expect(reader.writes).toEqual(['one\ntwo\n'])
})

it('writes what follows soon after together as well, in order and each once', async () => {
  const { lines, reader, text, until } = writing()
  const all = Array.from({ length: 50 }, (_, n) => `line ${n}\n`)

  for (const line of all) {
    lines.write(line)
    await turn()
  }
  await until('line 49\n')

  expect(text()).toBe(all.join(''))
  expect(reader.writes.length).toBeLessThan(all.length)
})

it('goes on where a reader took only a part', async () => {
  const { lines, reader, text, until } = writing()
  reader.takes = 5

  lines.write('one line\n')
  await turn()
  lines.write('another\n')
  await until('another\n')

  expect(text()).toBe('one line\nanother\n')
})

it.each(['EAGAIN', 'ENOSPC'])('tries again after %s, and loses nothing', async (code) => {
  const { lines, reader, text, until } = writing()
  reader.error = failing(code)
  lines.write('one\n')
  await turn()

  reader.error = undefined
  lines.write('two\n')
  await until('two\n')

  expect(text()).toBe('one\ntwo\n')
})

it('forgets what nobody will read after EPIPE', async () => {
  const { lines, reader, text, until } = writing()
  reader.error = failing('EPIPE')
  lines.write('one\n')
  await turn()

  reader.error = undefined
  lines.write('two\n')
  await until('two\n')

  expect(text()).toBe('two\n')
})

it('keeps 8 MB for a reader that does not read, and tells how many lines it did not keep', async () => {
  const { lines, reader, text, until } = writing()
  const line = `${'x'.repeat(1024 * 1024 - 1)}\n`
  reader.error = failing('EAGAIN')
  lines.write('first\n')
  await turn()

  for (let n = 0; n < 11; n++) lines.write(line)
  reader.error = undefined
  await until('}\n')

  expect(text().slice(0, -200)).toContain(`first\n${line.repeat(8).slice(0, 1000)}`)
  expect(text().split('\n')).toHaveLength(1 + 8 + 1 + 1)
  expect(JSON.parse(text().trim().split('\n').at(-1)!)).toEqual({
    level: 'warn',
    time: expect.any(String),
    dropped: 3,
    msg: 'log lines were dropped, because nobody read them',
  })
})
