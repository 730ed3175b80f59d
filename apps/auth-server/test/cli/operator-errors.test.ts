import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { migrate } from '../../src/storage/migrate.ts'
import { emptyPostgres, openUntilFinished } from '../support/databases.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Ending, KEY_ENCRYPTION_SECRET, MAIN, openCli } from './support.ts'
import { runInProcess } from './support-in-process.ts'

/** Exit 1, one line, and no stack. */
function expectOneSentence(ending: Ending): void {
  expect(ending).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^[A-Z][^\n]*[.?]\n$/) })
}

/** Runs a command with standard output on an open file, or on a pipe whose reader has gone. */
function runWithOutput(path: string, output: number | 'closed'): Promise<Ending> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ['--conditions=countersign-source', MAIN, 'users', 'list', '--json'],
      {
        env: { AUTH_DATABASE_URL: `sqlite:${path}`, AUTH_KEY_ENCRYPTION_SECRET: KEY_ENCRYPTION_SECRET },
        stdio: ['ignore', output === 'closed' ? 'pipe' : output, 'pipe'],
      },
    )
    let stderr = ''
    child.stdout?.destroy()
    child.stderr?.on('data', (chunk) => {
      stderr += chunk
    })
    child.on('close', (code) => resolve({ code, stdout: '', stderr }))
  })
}

describe('what an operator can cause', () => {
  it.each([
    ['text', (path: string) => writeFileSync(path, 'no database, by any means: '.repeat(100))],
    ['a folder', (path: string) => mkdirSync(path)],
    ['another program’s database', (path: string) => writeFileSync(path, '')],
    ['nothing', () => {}],
  ])('is told in one sentence when the database is %s', async (_what, make) => {
    const path = join(temporaryFolder(), 'auth.db')
    make(path)

    expectOneSentence(await runInProcess(['users', 'list'], { env: { AUTH_DATABASE_URL: `sqlite:${path}` } }))
  })

  it('is told in one sentence when a table is not there, on SQLite', async () => {
    const { db, path } = await openCli()
    await sql`drop table users`.execute(db)

    const ending = await runInProcess(['users', 'list'], { env: { AUTH_DATABASE_URL: `sqlite:${path}` } })

    expectOneSentence(ending)
    expect(ending.stderr).toMatch(
      /^The database cannot be used: no such table: users\. Is AUTH_DATABASE_URL right/,
    )
  })

  it('is told in one sentence when a table is not there, and when nobody answers, on PostgreSQL', async () => {
    const location = await emptyPostgres()
    const db = openUntilFinished(location)
    await migrate(db)
    await sql`drop table users cascade`.execute(db)
    const { user, password, host, port, database } = location
    const url = (at: number) =>
      `postgres://${user}:${password ?? ''}@${encodeURIComponent(host)}:${at}/${database}`

    const ending = await runInProcess(['users', 'list'], { env: { AUTH_DATABASE_URL: url(port) } })
    const away = await runInProcess(['users', 'list'], { env: { AUTH_DATABASE_URL: url(9) } })

    expectOneSentence(ending)
    expect(ending.stderr).toMatch(/^The database cannot be used: relation "users" does not exist\. /)
    expectOneSentence(away)
    expect(away.stderr).toMatch(/^The database cannot be used at the moment: /)
  })

  it.each([
    [['clients', 'add', 'web', '--jwks', '/']],
    [['db', 'backup', '/']],
    [['db', 'backup', '/dev/null/auth.db']],
    [['db', 'backup', '/nowhere/auth.db']],
  ])('is told in one sentence: %j', async (args) => {
    expectOneSentence(await runInProcess(args))
  })

  it('is told in one sentence when the key-encryption secret is a folder', async () => {
    const { path } = await openCli()
    mkdirSync(`${path}.secret`)

    const ending = await runInProcess(['keys', 'list'], {
      env: { AUTH_DATABASE_URL: `sqlite:${path}`, AUTH_KEY_ENCRYPTION_SECRET: '' },
    })

    expectOneSentence(ending)
  })

  it('is told in one sentence when standard input is no text', async () => {
    const ending = await runInProcess(['users', 'add', 'bob'], { input: Buffer.from([0x61, 0xff]) })

    expect(ending).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Standard input is not UTF-8: save it as UTF-8.\n',
    })
  })

  it('is nothing at all when the reader of a pipe has seen enough', async () => {
    const { path } = await openCli()

    expect(await runWithOutput(path, 'closed')).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it.runIf(process.platform === 'linux')(
    'is told in one sentence when the disk under the output is full',
    async () => {
      const { path } = await openCli()
      const full = openSync('/dev/full', 'w')

      const ending = await runWithOutput(path, full)
      closeSync(full)

      expectOneSentence(ending)
      expect(ending.stderr).toBe(
        'Standard output cannot be written (ENOSPC): what the command did is done.\n',
      )
    },
  )
})
