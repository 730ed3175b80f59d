import { describe, expect, it } from 'vitest'
import { runAuth } from './support.ts'

const NEVER =
  'Passwords, secrets and tokens are never arguments, which others on this machine can see: they are asked for, or read from standard input.'

describe('a command line that is not as it must be', () => {
  it.each([
    [['users', 'add'], "error: missing required argument 'name'\nSee `auth users add --help`.\n"],
    [['users', 'lst'], "error: unknown command 'lst'\n(Did you mean list?)\nSee `auth users --help`.\n"],
    [['lollipops'], "error: unknown command 'lollipops'\nSee `auth --help`.\n"],
    [['users', 'list', '--al=x1'], "error: unknown option '--al'\nSee `auth users list --help`.\n"],
    [
      ['clients', 'add', 'web', '--grant', 'magic'],
      "error: option '--grant <type>' argument 'magic' is invalid. It must be one of ",
    ],
    [
      ['resources', 'add', 'urn:a', '--scope', 'a  b'],
      "error: option '--scope <values>' argument 'a  b' is invalid. It must be scope values with one space between them.\n",
    ],
    [
      ['users', 'list', 'one', 'two'],
      "error: too many arguments for 'list'. Expected 0 arguments but got 2.\nSee `auth users list --help`.\n",
    ],
  ])('%j ends with 2 and a hint to its help', async (args, sentence) => {
    const ending = await runAuth(args)

    expect(ending).toMatchObject({ code: 2, stdout: '' })
    expect(ending.stderr).toContain(sentence)
    expect(ending.stderr).toMatch(/See `auth .*--help`\.\n$/)
    expect(ending.stderr).not.toContain('x1')
  })

  it.each([
    [['users', 'add', 'bob', 'hunter2']],
    [['users', 'add', '--full-name', 'Bob', 'bob', 'hunter2']],
    [['users', 'set-password', 'bob', 'hunter2']],
    [['users', 'set-password', 'bob', '--password=hunter2']],
    [['users', 'add', 'bob', '--password', 'hunter2']],
    [['users', 'add', 'bob', '-phunter2']],
    [['clients', 'add', 'web', '--client-secret', 'hunter2']],
    [['clients', 'add', 'web', `cs_${'hunter2'.repeat(5)}`]],
    [['tokens', 'explain', 'eyJhbGciOiJSUzI1NiJ9.hunter2.hunter2']],
    [['tokens', 'explain', 'hunter2']],
    [['tokens', 'explain', '--token', 'hunter2']],
  ])('%j does not repeat what may be a secret', async (args) => {
    const ending = await runAuth(args)

    expect(ending).toMatchObject({ code: 2, stdout: '' })
    expect(ending.stderr).not.toContain('hunter2')
  })

  it('is told where a secret goes', async () => {
    expect((await runAuth(['users', 'add', 'bob', 'hunter2'])).stderr).toBe(
      `${NEVER} See \`auth users add --help\`.\n`,
    )
    expect((await runAuth(['tokens', 'explain', 'hunter2'])).stderr).toBe(
      'A token is not an argument, which others on this machine can see: pipe it in. See `auth tokens explain --help`.\n',
    )
  })

  it('is none at all: the help says what there is', async () => {
    const bare = await runAuth([])
    const noun = await runAuth(['users'])
    const asked = await runAuth(['--help'])

    expect(bare).toMatchObject({ code: 2, stdout: '', stderr: asked.stdout })
    expect(noun).toMatchObject({ code: 2, stderr: expect.stringContaining('set-password [options] <name>') })
    expect(asked).toMatchObject({ code: 0, stderr: '' })
  })
})
