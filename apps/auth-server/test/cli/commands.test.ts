import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { loadProgram, NOUNS } from '../../src/cli/program.ts'

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../../../docs/cli.md'), 'utf8')

const printed: string[] = []
const program = await loadProgram(
  { env: {}, input: new PassThrough(), print: (text) => void printed.push(text), note: () => {} },
  NOUNS.map(({ name }) => name),
)

/** Every command that does something, with the words that lead to it. */
function leavesOf(command: Command, words: readonly string[]): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[words.join(' '), command]]
  return command.commands.flatMap((child) => leavesOf(child, [...words, child.name()]))
}

function helpOf(command: Command): string {
  printed.length = 0
  command.outputHelp()
  return printed.join('')
}

describe('the command line', () => {
  it('has the commands it promises, and announces no other', () => {
    expect(program.commands.map((noun) => [noun.name(), noun.commands.map((verb) => verb.name())])).toEqual([
      [
        'users',
        ['add', 'list', 'show', 'set', 'disable', 'enable', 'unlock', 'set-password', 'sign-out', 'delete'],
      ],
      ['clients', ['add', 'list', 'show', 'set', 'rotate-secret', 'disable', 'enable', 'sign-out', 'delete']],
      ['resources', ['add', 'list', 'set', 'delete']],
      ['keys', ['list', 'rotate', 'revoke', 're-encrypt']],
      ['tokens', ['explain']],
      ['db', ['migrate', 'status', 'backup']],
    ])
  })

  it('loads code late for its nouns alone, each once, and where the cache of compiled code is set up', () => {
    const folder = join(import.meta.dirname, '../../src/cli')
    const late = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) =>
        [...readFileSync(join(folder, file), 'utf8').matchAll(/\bimport\(/g)].map(() => file),
      )

    expect(late.sort()).toEqual(['main.ts', ...NOUNS.map(() => 'program.ts')])
  })

  it.each(leavesOf(program, ['auth']))(
    '%s has an example in its help, --json, and a line in docs/cli.md',
    (name, command) => {
      const help = helpOf(command)
      const example = /\nExample:\n {2}(.+)\n$/.exec(help)?.[1]

      expect(example).toMatch(new RegExp(`^${name}\\b`))
      expect(help).toContain('--json')
      expect(DOCUMENT).toContain(`\`${example}\``)
      for (const option of command.options) expect(DOCUMENT).toContain(option.long)
    },
  )
})
