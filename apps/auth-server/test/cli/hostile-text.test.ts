import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { visible } from '@countersign/settings'
import { isVisibleText } from '@countersign/shared'
import { describe, expect, it } from 'vitest'
import { readBootstrapFile } from '../../src/bootstrap/bootstrap-file.ts'
import { renderTable, widthOf } from '../../src/cli/output/table.ts'
import { saveClient } from '../../src/domain/clients/client-store.ts'
import { saveResource } from '../../src/domain/resources/resource-store.ts'
import { insertUser } from '../../src/domain/users/user-store.ts'
import { aUser } from '../support/records.ts'
import { aClient } from '../support/rows.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openCli } from './support.ts'
import { runInProcess } from './support-in-process.ts'

/** One of each kind: they clear the screen, turn the writing, make a line, hide, or cannot be written at all. */
const HOSTILE = [
  '\u0000',
  '\u0007',
  '\n',
  '\r',
  '\u001b[2J',
  '\u007f',
  '\u009b31m',
  '\u00ad',
  '\u061c',
  '\u180e',
  '\u200b',
  '\u200d',
  '\u200f',
  '\u2028',
  '\u2029',
  '\u202e',
  '\u2060',
  '\u2066',
  '\u2069',
  '\ufe0f',
  '\ufeff',
  '\ufff9',
  '\ud800',
  '\udfff',
  '\u{e0041}',
  '\u{e0100}',
]
const ALL = `a${HOSTILE.join('b')}c`

/** Nothing but what can be seen, and line breaks. */
function expectVisible(text: string): void {
  for (const line of text.split('\n')) expect(isVisibleText(line)).toBe(true)
}

describe('characters that cannot be seen', () => {
  it('are the same to names and to whoever prints them', () => {
    const disagreed: string[] = []
    for (let point = 0; point <= 0x10ffff; point++) {
      const character = String.fromCodePoint(point)
      if (isVisibleText(character) !== (visible(character) === character)) disagreed.push(point.toString(16))
    }

    expect(disagreed).toEqual([])
  })

  it.each(HOSTILE)('are refused in new names and kids: %j', async (character) => {
    const name = `al${character}ice`
    const env = { AUTH_DATABASE_URL: 'sqlite:/nowhere/auth.db' }
    const full = await runInProcess(['users', 'add', 'alice', '--full-name', name], { env })
    const user = await runInProcess(['users', 'add', name], { env })
    const client = await runInProcess(['clients', 'add', name], { env })
    const resource = await runInProcess(['resources', 'add', `urn:${name}`], { env })
    const scope = await runInProcess(['resources', 'add', 'urn:a', '--scope', name], { env })

    const because = 'must not hold a control character, nor any other that cannot be seen.\n'
    expect(full).toEqual({ code: 1, stdout: '', stderr: `The full name ${because}` })
    expect(user).toEqual({ code: 1, stdout: '', stderr: `The user name ${because}` })
    expect(client.stderr).toBe('The client id must be 1 to 200 visible ASCII characters without a space.\n')
    expect(resource.stderr).toMatch(/^The audience is not an absolute URI: .*\n$/)
    expect(scope).toMatchObject({ code: 2, stdout: '' })
  })

  it('are refused in the bootstrap file, which is told of in visible words', () => {
    const path = join(temporaryFolder(), 'bootstrap\u202e.json')
    const key = { kty: 'RSA', n: 'A'.repeat(342), e: 'AQAB', kid: 'a\u200bb' }
    const client = { client_id: 'web', jwks: { keys: [key] }, grant_types: [], audiences: ['urn:a'] }
    const users = [{ username: ALL, full_name: ALL, password: 'a secret' }]
    writeFileSync(path, JSON.stringify({ clients: [client], users, [ALL]: 1 }))

    let message = ''
    try {
      readBootstrapFile(path, { root: '/', env: {} })
    } catch (error) {
      message = String(error)
    }

    expectVisible(message)
    expect(message).toContain('users › 0 › username must not hold a control character')
    expect(message).toContain('users › 0 › full_name must not hold a control character')
    expect(message).toContain('holds a key whose kid is not a text of 1 to 255 visible characters')
    expect(message.split('\n')).toHaveLength(5)
  })

  it('are shown as what they are, wherever others have written them into the database', async () => {
    const { db, path } = await openCli()
    const auth = (args: readonly string[]) =>
      runInProcess(args, { env: { AUTH_DATABASE_URL: `sqlite:${path}` } })
    const json = async (args: readonly string[]) => JSON.parse((await auth([...args, '--json'])).stdout)
    const stored = ALL.replaceAll('\0', '').toWellFormed()
    const rows = { now: 1, demo: 0 } as const
    await saveResource(
      db,
      {
        audience: stored,
        scope: [stored],
        introspectors: [stored],
        tokenType: 'at+jwt' as const,
        descriptions: {},
      },
      { demo: 0 },
    )
    await insertUser(db, aUser({ fullName: stored }), rows)
    await saveClient(
      db,
      aClient({
        id: stored,
        authentication: { kind: 'keys', jwks: { keys: [{ kty: 'RSA', kid: stored }] } },
        grantTypes: ['password'],
        scope: [stored],
        audiences: [stored],
      }),
      rows,
    )

    for (const args of [
      ['users', 'list'],
      ['users', 'show', 'alice'],
      ['users', 'disable', 'alice'],
      ['clients', 'list'],
      ['clients', 'show', stored],
      ['clients', 'disable', stored],
      ['clients', 'enable', stored],
      ['clients', 'add', stored],
      ['resources', 'list'],
      ['resources', 'delete', stored],
      ['users', 'show', ALL.replaceAll('\0', '')],
    ]) {
      const ending = await auth(args)
      expectVisible(ending.stdout)
      expectVisible(ending.stderr)
      expect(ending.stderr.split('\n').length).toBeLessThanOrEqual(2)
    }
    expect((await auth(['users', 'list'])).stdout.split('\n')).toHaveLength(3)
    expect(await json(['users', 'list'])).toMatchObject([{ full_name: stored }])
    expect(await json(['clients', 'list'])).toMatchObject([
      { client_id: stored, scope: stored, audiences: [stored] },
    ])
    const { stdout } = await auth(['users', 'list', '--json'])
    expectVisible(stdout)
    expect(stdout).toContain('\\u202e')
    expect(stdout).toContain('\\udb40\\udc41')
  })

  it('are shown in the names of files and in the words of the system', async () => {
    const { auth, folder } = await openCli()
    const nowhere = join(folder, 'no\u202e\u001b[2Jwhere', 'auth.db')

    const backup = await auth(['db', 'backup', nowhere])
    const absent = await auth(['users', 'list'], { env: { AUTH_DATABASE_URL: `sqlite:${nowhere}` } })

    expect(backup).toEqual({
      code: 1,
      stdout: '',
      stderr: `The file ${folder}/no\\u202e\\u001b[2Jwhere/auth.db cannot be made: its folder is not there.\n`,
    })
    expect(absent).toMatchObject({ code: 1, stdout: '' })
    expect(absent.stderr).toContain('no\\u202e\\u001b[2Jwhere')
    expectVisible(absent.stderr)
  })

  it('are shown in the claims of a token', async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const token = `${part({ alg: 'RS256', typ: ALL, kid: ALL })}.${part({ iss: ALL })}.AAAA`
    const args = ['tokens', 'explain', '--audience', 'urn:a', '--issuer', 'http://127.0.0.1:9']

    const table = await runInProcess(args, { input: token })
    const json = await runInProcess([...args, '--json'], { input: token })

    expect(table.code).toBe(1)
    expectVisible(table.stdout)
    expect(table.stdout).toContain('\\u202e')
    expectVisible(json.stdout)
    expect(JSON.parse(json.stdout)).toMatchObject({ accepted: false })
    expect(json.stdout).toContain('\\u202e')
  })
})

describe('a table', () => {
  it.each([
    ['alice', 5],
    ['Zoë', 3],
    ['Zoe\u0308', 3],
    ['山田太郎', 8],
    ['ｆｕｌｌ', 8],
    ['ﾊﾝｶｸ', 4],
    ['한국어', 6],
    ['\u1112\u1161\u11ab', 2],
    ['हिन्दी', 5],
    ['عمر', 3],
    ['😀🇩🇪', 4],
    ['𠮷', 2],
    ['', 0],
  ])('knows how wide %s is: %i', (text, width) => {
    expect(widthOf(text)).toBe(width)
  })

  it('has straight columns, whatever its cells hold', () => {
    const names = ['alice', '山田太郎', 'Zoe\u0308 😀', 'a\u202eb', 'ﾊﾝｶｸ']

    const lines = renderTable([['NAME', 'ID'], ...names.map((name) => [name, 'id'])]).split('\n')

    const starts = lines.map((line) => widthOf(line.slice(0, line.search(/id$/i))))
    expect(new Set(starts).size).toBe(1)
  })
})
