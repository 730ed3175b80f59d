import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { parseCommandLine, TAKES_VALUE } from '../../src/cli/command-line.ts'
import { loadProgram, NOUNS } from '../../src/cli/program.ts'
import { openCli, refused, runAuth } from './support.ts'
import { runInProcess } from './support-in-process.ts'

const program = await loadProgram(
  { env: {}, input: new PassThrough(), print: () => {}, note: () => {} },
  NOUNS.map(({ name }) => name),
)

/** Every option of a command and of those below it, and whether it takes a value. */
function optionsOf(command: Command): readonly (readonly [string, boolean])[] {
  const own = command.options.flatMap(({ short, long, required }) =>
    [short, long].filter((flag) => flag !== undefined).map((flag) => [flag, required] as const),
  )
  return [...own, ...command.commands.flatMap(optionsOf)]
}

/** Every order of these that keeps those of each list among themselves. */
function interleavings<T>(one: readonly T[], other: readonly T[]): readonly (readonly T[])[] {
  const [first, ...rest] = one
  const [head, ...tail] = other
  if (first === undefined) return [other]
  if (head === undefined) return [one]
  return [
    ...interleavings(rest, other).map((order) => [first, ...order]),
    ...interleavings(one, tail).map((order) => [head, ...order]),
  ]
}

describe('auth --version', () => {
  it('prints the version and nothing else, and is no option of a command', async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))

    expect(await runAuth(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
    expect(await runInProcess(['users', 'list', '--version'])).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('options', () => {
  const WORDS = [['clients'], ['add'], ['web']]
  const OPTIONS = [['--json'], ['--grant', 'password'], ['--grant=refresh_token'], ['--scope', 'a b']]
  const orders = interleavings(WORDS, OPTIONS).map((parts) => parts.flat())

  it('may stand in any place', () => {
    expect(orders).toHaveLength(35)
    for (const args of orders) {
      expect(parseCommandLine(args)).toEqual({
        words: ['clients', 'add', 'web'],
        options: ['--json', '--grant=password', '--grant=refresh_token', '--scope=a b'],
        asksForHelp: false,
      })
    }
  })

  it('take a value in every command or in none, so that words and values can be told before the command is known', () => {
    const help = [
      ['-h', false],
      ['--help', false],
    ] as const

    expect(new Set([...help, ...optionsOf(program)].map(String))).toEqual(
      new Set([...TAKES_VALUE].map(String)),
    )
  })

  it.each([
    ['--json', 'users', 'list'],
    ['users', '--json', 'list'],
    ['users', 'list', '--json'],
    ['--json', '--', 'users', 'list'],
    ['--json', 'users', '--', 'list'],
    ['users', 'list', '--json', '--'],
  ])('reach the command: %j %j %j %j', async (...args) => {
    expect(await runInProcess(args.filter((arg) => arg !== undefined))).toEqual({
      code: 0,
      stdout: '[]\n',
      stderr: '',
    })
  })

  it.each([
    ['--help', 'users', 'add'],
    ['users', '-h', 'add', 'bob'],
    ['users', 'add', '--help'],
    ['help', 'users', 'add'],
    ['users', 'help', 'add'],
    ['--json', 'help', 'users', 'add'],
  ])('ask for help anywhere: %j %j %j', async (...args) => {
    expect(await runInProcess(args)).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Usage: auth users add \[options\] <name>\n/),
      stderr: '',
    })
  })

  it('may be the word help in place of a noun or a verb, and nowhere else', async () => {
    const [whole, users] = [await runInProcess(['--help']), await runInProcess(['users', '--help'])]

    expect(await runInProcess(['help'])).toEqual(whole)
    expect(await runInProcess(['help', 'users'])).toEqual(users)
    expect(await runInProcess(['users', 'help'])).toEqual(users)
    expect(await runInProcess(['help', 'lollipops'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        '`auth` has no such noun: there are users, clients, resources, keys, tokens, db. See `auth --help`.\n',
    })
    expect(await runInProcess(['users', 'show', 'help'])).toEqual(
      refused('There is no such user: `auth users list` shows those there are.'),
    )
  })

  it('end at --, and what follows is an argument whatever it begins with', async () => {
    const { auth, json } = await openCli()

    const added = await auth(['users', '--full-name', '--bob', 'add', '--json', '--', '--bob'], {
      input: 'a secret',
    })
    const ending = await auth(['users', 'show', '--', '--json'])

    expect(added).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(added.stdout)).toMatchObject({ username: '--bob', full_name: '--bob' })
    expect(await json(['users', 'list'])).toMatchObject([{ username: '--bob' }])
    expect(ending).toEqual({
      code: 1,
      stdout: '',
      stderr: 'There is no such user: `auth users list` shows those there are.\n',
    })
  })
})
