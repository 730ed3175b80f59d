import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readNewPassword, readToken } from '../../src/cli/output/prompt.ts'
import type { Terminal } from '../../src/cli/output/terminal.ts'

/** A terminal on which somebody types, one line for each prompt; `undefined` is Ctrl-D. */
function typing(...lines: readonly (string | undefined)[]): { terminal: Terminal; shown: () => string } {
  const input = Object.assign(new PassThrough(), { isTTY: true as const })
  const rest = [...lines]
  let shown = ''
  const terminal: Terminal = {
    env: {},
    input,
    print: (text) => {
      shown += text
    },
    note: (text) => {
      shown += text
      if (!text.endsWith(': ')) return
      const line = rest.shift()
      setImmediate(() => input.write(line === undefined ? '\u0004' : `${line}\r`))
    },
  }
  return { terminal, shown: () => shown }
}

describe('a password prompt', () => {
  it('asks twice and shows nothing of what is typed', async () => {
    const { terminal, shown } = typing('hunter2', 'hunter2')

    expect(await readNewPassword(terminal)).toBe('hunter2')
    expect(shown()).toBe('New password: \nOnce more: \n')
  })

  it('lets a mistake be corrected', async () => {
    const { terminal } = typing('huntre\u007f\u007fer2', 'hunter2')

    expect(await readNewPassword(terminal)).toBe('hunter2')
  })

  it('refuses two that differ', async () => {
    const { terminal } = typing('hunter2', 'hunter3')

    await expect(readNewPassword(terminal)).rejects.toThrow(
      'The two passwords differ: nothing has been changed.',
    )
  })

  it.each([undefined, '\u0003'])('ends when the typist does (%j)', async (key) => {
    const { terminal } = typing(key)

    await expect(readNewPassword(terminal)).rejects.toThrow('Nothing was typed: nothing has been changed.')
  })
})

describe('a token prompt', () => {
  it('asks once', async () => {
    const { terminal, shown } = typing(' a.b.c ')

    expect(await readToken(terminal)).toBe('a.b.c')
    expect(shown()).toBe('Access token: \n')
  })
})
