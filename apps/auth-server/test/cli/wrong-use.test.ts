import { describe, expect, it } from 'vitest'
import { SECRETS_ARE_NO_ARGUMENTS } from '../../src/cli/secret-arguments.ts'
import { runAuth } from './support.ts'
import { runInProcess } from './support-in-process.ts'

describe('a command line that is not as it must be', () => {
  it.each([
    [['users', 'add'], '`auth users add` needs <name>. See `auth users add --help`.'],
    [
      ['users', 'lst'],
      '`auth users` has no such verb: there are add, list, show, set, disable, enable, unlock, set-password, sign-out, delete. See `auth users --help`.',
    ],
    [
      ['lollipops', 'users'],
      '`auth` has no such noun: there are users, clients, resources, keys, tokens, db. See `auth --help`.',
    ],
    [
      ['users', 'list', '--al=x1'],
      'Word 3 is an option that `auth` does not have: an argument that begins with - comes after --. See `auth users list --help`.',
    ],
    [
      ['users', 'list', '--grant', 'x1'],
      '`auth users list` does not take the option --grant. See `auth users list --help`.',
    ],
    [['users', 'list', '--json=x1'], 'The option --json takes no value. See `auth users list --help`.'],
    [
      ['users', 'add', 'bob', '--full-name', '--json'],
      'The option --full-name needs a value. See `auth users add --help`.',
    ],
    [
      ['users', 'add', 'bob', '--full-name'],
      'The option --full-name needs a value. See `auth users add --help`.',
    ],
    [
      ['clients', 'add', 'web', '--grant', 'x1'],
      '--grant must be one of password, client_credentials, refresh_token. See `auth clients add --help`.',
    ],
    [
      ['resources', 'add', 'urn:a', '--scope', 'x1  b'],
      '--scope must be scope values with one space between them. See `auth resources add --help`.',
    ],
    [
      ['users', 'list', 'x1', 'x1'],
      '`auth users list` takes no argument, and was given 2. See `auth users list --help`.',
    ],
    [
      ['clients', 'show', 'x1', 'x1'],
      '`auth clients show` takes 1 argument, and was given 2. See `auth clients show --help`.',
    ],
  ])('%j ends with 2, one sentence and a hint to its help', async (args, sentence) => {
    expect(await runInProcess(args)).toEqual({ code: 2, stdout: '', stderr: `${sentence}\n` })
  })

  it('is told where a secret goes', async () => {
    expect(await runAuth(['users', 'add', 'bob', 'hunter2'])).toEqual({
      code: 2,
      stdout: '',
      stderr: `${SECRETS_ARE_NO_ARGUMENTS} See \`auth users add --help\`.\n`,
    })
    expect((await runAuth(['tokens', 'explain', 'hunter2'])).stderr).toBe(
      'A token is not an argument, which others on this machine can see: pipe it in. See `auth tokens explain --help`.\n',
    )
  })

  it('is none at all: the help says what there is', async () => {
    const bare = await runAuth([])
    const noun = await runAuth(['users', '--json'])
    const asked = await runAuth(['--help'])

    expect(bare).toMatchObject({ code: 2, stdout: '', stderr: asked.stdout })
    expect(noun).toMatchObject({ code: 2, stderr: expect.stringContaining('set-password [options] <name>') })
    expect(asked).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('what may be a secret', () => {
  const AUDIENCE = 'https://api.example.com'

  it.each([
    [2, ['hunter2']],
    [2, ['users', 'hunter2']],
    [2, ['users', 'add', 'bob', 'hunter2']],
    [2, ['users', 'add', '--full-name', 'Bob', 'bob', 'hunter2']],
    [2, ['users', 'set-password', 'bob', 'hunter2']],
    [2, ['users', 'set-password', 'bob', '--password=hunter2']],
    [2, ['--password=hunter2', 'users', 'set-password', 'bob']],
    [2, ['users', 'add', 'bob', '--password', 'hunter2']],
    [2, ['users', 'add', 'bob', '-phunter2']],
    [2, ['users', 'add', 'bob', '-xhunter2']],
    [2, ['users', 'add', 'bob', '--hunter2']],
    [2, ['users', 'add', 'bob', '--passphrase', 'hunter2']],
    [2, ['users', 'add', 'bob', '--json=hunter2']],
    [2, ['clients', 'add', 'web', '--client-secret', 'hunter2']],
    [2, ['clients', 'add', 'web', `cs_${'hunter2'.repeat(5)}`]],
    [2, ['clients', 'add', 'web', '--grant=hunter2']],
    [2, ['clients', 'rotate-secret', 'web', '--keep-old', 'hunter2']],
    [2, ['clients', 'rotate-secret', 'web', '--keep-old', '367d']],
    [2, ['keys', 're-encrypt', 'hunter2']],
    [2, ['tokens', 'explain', 'eyJhbGciOiJSUzI1NiJ9.hunter2.hunter2']],
    [2, ['tokens', 'explain', 'hunter2']],
    [2, ['tokens', 'explain', '--token', 'hunter2']],
    [2, ['tokens', 'explain', '--audience', 'https://hunter2@api.example.com']],
    [2, ['tokens', 'explain', 'Authorization: Bearer hunter2']],
    [2, ['users', 'show', 'eyJhbGciOiJSUzI1NiJ9.hunter2.hunter2']],
    [2, ['db', 'backup', 'postgres://auth:hunter2@db/auth']],
    [2, ['resources', 'add', 'postgresql://auth:w/hunter2@db/auth']],
    [1, ['users', 'show', 'hunter2']],
    [1, ['clients', 'show', 'hunter2']],
    [1, ['clients', 'add', 'hunter2 ']],
    [1, ['clients', 'add', 'web', '--audience', 'urn:hunter2']],
    [1, ['clients', 'add', 'web', '--audience', AUDIENCE, '--scope', 'hunter2']],
    [1, ['clients', 'add', 'web', '--scope', 'hunter2']],
    [1, ['clients', 'add', 'web', '--jwks', '{"keys":[{"d":"hunter2"}]}']],
    [1, ['resources', 'add', 'hunter2']],
    [1, ['resources', 'add', AUDIENCE, '--introspector', 'hunter2']],
    [1, ['resources', 'delete', 'urn:hunter2']],
    [1, ['keys', 'revoke', 'hunter2']],
    [1, ['users', 'add', 'bob', '--password-hash', 'hunter2']],
    [1, ['tokens', 'explain', '--audience', 'hunter2']],
    [1, ['tokens', 'explain', '--issuer', 'hunter2']],
  ])('is not repeated: exit %i of %j', async (code, args) => {
    const ending = await runInProcess(args, { resource: AUDIENCE })

    expect(ending).toMatchObject({ code, stdout: '' })
    expect(ending.stderr).toMatch(/^.+\.\n$/)
    expect(ending.stderr).not.toContain('hunter2')
  })

  it.each([
    ['AUTH_PORT', 'hunter2'],
    ['AUTH_ISSUER', 'https://auth:hunter2@auth.example.com'],
    ['AUTH_DATABASE_URL', 'postgres://auth:hunter2@db/'],
    ['AUTH_DATABASE_URL', 'sqlite://auth:hunter2@db/auth'],
    ['AUTH_DATABASE_URL_FILE', 'postgres://auth:hunter2@db/auth'],
    ['AUTH_KEY_ENCRYPTION_SECRET', 'hunter2'],
    ['AUTH_KEY_ENCRYPTION_SECRET_FILE', 'hunter2'],
    ['AUTH_DEFAULT_AUDIENCE', 'hunter2'],
    ['AUTH_CORS_ORIGINS', 'https://a.example.com,hunter2'],
    ['AUTH_LOG_LEVEL', 'hunter2'],
  ])('is not repeated when it is the setting %s=%s', async (name, value) => {
    const ending = await runInProcess(['users', 'list'], { env: { [name]: value } })

    expect(ending).toMatchObject({ code: 1, stdout: '' })
    expect(ending.stderr).toContain(name)
    expect(ending.stderr).not.toContain('hunter2')
  })
})
