import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readDotEnv } from './dot-env.ts'
import { readEnvironment, readSecret } from './environment.ts'

const BYTE_ORDER_MARK = '\uFEFF'

function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

function readVariables(content: string | Uint8Array) {
  return readDotEnv(join(folderWith({ '.env': content }), '.env'))
}

it('drops the byte order mark of a .env file and of the file of a secret', () => {
  const root = folderWith({
    'package.json': '{}',
    '.env': `${BYTE_ORDER_MARK}AUTH_PORT=9000\r\nAUTH_SECRET_FILE=secret.txt\r\n`,
    'secret.txt': `${BYTE_ORDER_MARK}hunter2\r\n`,
  })
  const problems: string[] = []

  const environment = readEnvironment({}, root)

  expect(environment.env).toEqual({ AUTH_PORT: '9000', AUTH_SECRET_FILE: 'secret.txt' })
  expect(readSecret('AUTH_SECRET', environment, problems)).toBe('hunter2')
  expect(problems).toEqual([])
})

it.each([
  [
    'UTF-16 with its mark',
    Buffer.from(`${BYTE_ORDER_MARK}AUTH_PORT=9000`, 'utf16le'),
    'is UTF-16: save it as UTF-8',
  ],
  ['UTF-16 without one', Buffer.from('AUTH_PORT=9000', 'utf16le'), 'is UTF-16: save it as UTF-8'],
  ['Latin-1', Buffer.from('AUTH_NAME=Bj\xf6rn', 'latin1'), 'is not UTF-8: save it as UTF-8'],
])('refuses %s by name', (_what, content, problem) => {
  const folder = folderWith({ '.env': content, secret: content })
  const problems: string[] = []

  readSecret('AUTH_SECRET', { root: folder, env: { AUTH_SECRET_FILE: 'secret' } }, problems)

  expect(() => readDotEnv(join(folder, '.env'))).toThrow(`${join(folder, '.env')} ${problem}.`)
  expect(problems).toEqual([`AUTH_SECRET_FILE names a file that ${problem}.`])
})

it('never cuts an unquoted value at a #, and names every line that would be', () => {
  const content = 'A=1\nAUTH_DATABASE_URL=postgres://u:p#ss@db/auth\n  export SECRET = abc#def\n'

  expect(() => readVariables(content)).toThrow(
    expect.objectContaining({
      problems: [
        expect.stringMatching(
          /\.env, line 2: the value of AUTH_DATABASE_URL holds a #: put the whole value in quotes\.$/,
        ),
        expect.stringMatching(
          /\.env, line 3: the value of SECRET holds a #: put the whole value in quotes\.$/,
        ),
      ],
    }),
  )
})

it('takes a # in quotes as a part of the value, and one behind a space as a comment', () => {
  const variables = readVariables(
    '# a comment\nA="p#ss" # a comment\nB=\'p#ss\'\nC=1 # a comment\nD= # nothing\nE="one\nF=x#y\n"\n',
  )

  expect(variables).toEqual({ A: 'p#ss', B: 'p#ss', C: '1', D: '', E: 'one\nF=x#y\n' })
})

it('refuses a setting in the syntax of a shell or a document, which would count for nothing', () => {
  const content = [
    'A_B=1',
    'set AUTH_PORT=9000',
    'SET "AUTH_HOST=::1"',
    'setx AUTH_ISSUER https://a.example',
    '$env:RESOURCE_PORT = "9001"',
    'AUTH_KEY_SIZE: 3072',
    '  "AUTH_LOG_LEVEL": "warn",',
  ].join('\r\n')
  const names = ['AUTH_PORT', 'AUTH_HOST', 'AUTH_ISSUER', 'RESOURCE_PORT', 'AUTH_KEY_SIZE', 'AUTH_LOG_LEVEL']

  expect(() => readVariables(content)).toThrow(
    expect.objectContaining({
      problems: names.map((name, index) =>
        expect.stringMatching(
          new RegExp(
            `\\.env, line ${index + 2}: nothing is read from it: write ${name}=… and nothing before it\\.$`,
          ),
        ),
      ),
    }),
  )
})

it('takes such a line within quotes or behind a # for what it is, and spaces, export and quotes as usual', () => {
  const variables = readVariables(
    "export A_B = 1\r\n# AUTH_KEY_SIZE: 3072\r\nAUTH_X=\"{\n  'C_D': 1,\nset E_F=1\n}\"\nC_D='x'\nG_H=set A_B=2\nBARE_NAME\n",
  )

  expect(variables).toEqual({
    A_B: '1',
    AUTH_X: "{\n  'C_D': 1,\nset E_F=1\n}",
    C_D: 'x',
    G_H: 'set A_B=2',
  })
})

it('ignores a folder of that name, and a file that is not there', () => {
  const folder = folderWith({})
  mkdirSync(join(folder, '.env'))

  expect(readDotEnv(join(folder, '.env'))).toEqual({})
  expect(readDotEnv(join(folder, 'missing'))).toEqual({})
})

it('refuses, and names, what is neither: it must not hang, nor pass over settings in silence', () => {
  const folder = folderWith({ file: '' })
  execFileSync('mkfifo', [join(folder, 'pipe')])
  symlinkSync('loop', join(folder, 'loop'))

  expect(() => readDotEnv(join(folder, 'pipe'))).toThrow(
    `The settings do not fit:\n  - ${join(folder, 'pipe')} is a pipe or a device: name a file.`,
  )
  expect(() => readDotEnv('/dev/zero')).toThrow('  - /dev/zero is a pipe or a device: name a file.')
  for (const [name, code] of [
    ['loop', 'ELOOP'],
    ['file/below', 'ENOTDIR'],
  ])
    expect(() => readDotEnv(join(folder, name!))).toThrow(
      `  - ${join(folder, name!)} cannot be read (${code}): let this user read it, or remove it.`,
    )
})

it.runIf(process.getuid?.() === 0)('refuses a .env file that this user may not read', () => {
  const folder = folderWith({ '.env': 'AUTH_PORT=9000' })
  chmodSync(folder, 0o755)
  chmodSync(join(folder, '.env'), 0o600)
  process.seteuid?.(65_534)
  onTestFinished(() => process.seteuid?.(0))

  expect(() => readDotEnv(join(folder, '.env'))).toThrow(
    `  - ${join(folder, '.env')} cannot be read (EACCES): let this user read it, or remove it.`,
  )
})
