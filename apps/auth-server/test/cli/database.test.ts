import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { findUserByName } from '../../src/domain/users/user-store.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { addOrdinaryRows } from '../support/rows.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startTestServer } from '../support/test-server.ts'
import { openCli, refused, runAuth } from './support.ts'

describe('a database that is not there', () => {
  it.each([[['users', 'list']], [['db', 'status']], [['tokens', 'explain']]])(
    'is not made by auth %j, which names what makes it',
    async (args) => {
      const path = join(temporaryFolder(), 'data', 'typo.db')

      const ending = await runAuth(args, { env: { AUTH_DATABASE_URL: `sqlite:${path}` } })

      expect(ending).toEqual(
        refused(
          `There is no database at ${path}: is AUTH_DATABASE_URL right? \`auth db migrate\` makes one there.`,
        ),
      )
      expect(existsSync(join(path, '..'))).toBe(false)
    },
  )

  it('is made by auth db migrate, with its secret, and once', async () => {
    const folder = join(temporaryFolder(), 'data')
    // No secret is set: the process's own must not come through the empty one.
    const env = { AUTH_DATABASE_URL: `sqlite:${folder}/auth.db`, AUTH_KEY_ENCRYPTION_SECRET: '' }

    const made = await runAuth(['db', 'migrate'], { env })
    const again = await runAuth(['db', 'migrate', '--json'], { env })

    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/ is made: 0001-initial, .*\.\n$/) })
    expect(JSON.parse(again.stdout)).toEqual({ database: `${folder}/auth.db`, applied: [] })
    expect(readdirSync(folder).filter((name) => !name.includes('-'))).toEqual(['auth.db', 'auth.db.secret'])
    expect(statSync(join(folder, 'auth.db')).mode & 0o777).toBe(0o600)
  })

  it('is one in memory, which is inside the server', async () => {
    const env = { AUTH_DATABASE_URL: 'sqlite::memory:' }
    const sentence = refused(
      'AUTH_DATABASE_URL names a database in memory, which only the server itself can reach: set it to a file.',
    )

    expect(await runAuth(['db', 'migrate'], { env })).toEqual(sentence)
    expect(await runAuth(['users', 'list'], { env })).toEqual(sentence)
  })
})

describe('a database this version cannot use', () => {
  it('is refused when it is older, by every command but db migrate', async () => {
    const path = join(temporaryFolder(), 'auth.db')
    await openDatabase({ kind: 'sqlite', path }).destroy()
    const env = { AUTH_DATABASE_URL: `sqlite:${path}` }

    const users = await runAuth(['users', 'list'], { env })
    const status = await runAuth(['db', 'status', '--json'], { env })

    expect(users).toMatchObject({ code: 1, stdout: '' })
    expect(users.stderr).toContain(`The database ${path} has not had 0001-initial,`)
    expect(users.stderr).toMatch(/: run `auth db migrate` first\.\n$/)
    expect(status).toMatchObject({ code: 1, stderr: users.stderr })
    expect(JSON.parse(status.stdout)).toMatchObject({ applied: [], signing_keys: 0 })
  })

  it('is refused when it is newer', async () => {
    const { auth, db } = await openCli()
    await sql`insert into kysely_migration (name, timestamp) values ('9999-future', '2030-01-01')`.execute(db)

    for (const args of [
      ['users', 'list'],
      ['db', 'migrate'],
      ['db', 'status'],
    ]) {
      expect(await auth(args)).toEqual(
        refused(
          'The database is newer than this server: it has had 9999-future. Start a newer version of the server.',
        ),
      )
    }
  })

  it('is refused when it is no database', async () => {
    const path = join(temporaryFolder(), 'auth.db')
    writeFileSync(path, 'this is a letter to my grandmother '.repeat(200))

    const ending = await runAuth(['users', 'list'], { env: { AUTH_DATABASE_URL: `sqlite:${path}` } })

    expect(ending).toEqual(
      refused(`AUTH_DATABASE_URL: the file ${path} cannot be used: file is not a database.`),
    )
  })

  it('is refused with its settings when those are wrong, all at once', async () => {
    const ending = await runAuth(['users', 'list'], {
      env: { AUTH_DATABASE_URL: 'mysql://', AUTH_PORT: '0' },
    })

    expect(ending).toMatchObject({ code: 1, stdout: '' })
    expect(ending.stderr).toMatch(/^The settings do not fit:\n/)
    expect(ending.stderr).toContain('AUTH_PORT must ')
    expect(ending.stderr).toContain('AUTH_DATABASE_URL ')
  })
})

describe('auth db status', () => {
  it('says where the database is, what it has had, and that the secret is the right one', async () => {
    const { auth, json, db, path } = await openCli()
    await startTestServer({ db })

    const status = await auth(['db', 'status'])
    const wrong = await auth(['db', 'status'], { env: { AUTH_KEY_ENCRYPTION_SECRET: 'B'.repeat(43) } })

    expect(status.stdout).toContain(`database      ${path}\n`)
    expect(status.stdout).toContain('signing keys  1, and the key-encryption secret opens them\n')
    expect(await json(['db', 'status'])).toMatchObject({ database: path, pending: [], signing_keys: 1 })
    expect(wrong).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^The signing key /) })
  })
})

describe('auth db backup', () => {
  it('copies a database that is being written to, for its owner alone', async () => {
    const { auth, json, db, folder, path } = await openCli()
    const server = await startTestServer({ db })
    await addOrdinaryRows(server)
    const file = join(folder, 'copy.db')
    const signIns = Array.from({ length: 20 }, () =>
      server.post('/token', {
        grant_type: 'password',
        client_id: 'app',
        username: 'alice',
        password: 'secret',
      }),
    )

    const copied = await auth(['db', 'backup', file])
    const copy = openDatabase({ kind: 'sqlite', path: file })
    const alice = await findUserByName(copy, 'alice')
    const sound = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(copy)
    await copy.destroy()
    await Promise.all(signIns)

    expect(copied).toMatchObject({ code: 0, stderr: '' })
    expect(copied.stdout).toMatch(
      /^The database is copied to .*copy\.db \(\d+ bytes\)\. The key-encryption secret is not in it: /,
    )
    expect(copied.stdout).toContain('keep AUTH_KEY_ENCRYPTION_SECRET as well, in another place')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(alice?.username).toBe('alice')
    expect(sound.rows).toEqual([{ integrity_check: 'ok' }])

    const unset = { env: { AUTH_KEY_ENCRYPTION_SECRET: '' } }
    expect(await json(['db', 'backup', join(folder, 'other.db')], unset)).toEqual({
      file: join(folder, 'other.db'),
      bytes: expect.any(Number),
      key_encryption_secret: `${path}.secret`,
    })
  })

  it('refuses a file that is there, and a folder that is not', async () => {
    const { auth, folder } = await openCli()
    const taken = join(folder, 'taken.db')
    writeFileSync(taken, '')

    expect(await auth(['db', 'backup', taken])).toEqual(
      refused(`The file ${taken} is there already, and is not overwritten: name another.`),
    )
    expect(await auth(['db', 'backup', join(folder, 'nowhere', 'copy.db')])).toEqual(
      refused(`The file ${join(folder, 'nowhere', 'copy.db')} cannot be made: its folder is not there.`),
    )
  })
})
