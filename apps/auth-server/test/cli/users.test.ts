import bcrypt from 'bcryptjs'
import { describe, expect, it } from 'vitest'
import { findUserByName } from '../../src/domain/users/user-store.ts'
import { addOrdinaryRows } from '../support/rows.ts'
import { startTestServer } from '../support/test-server.ts'
import { openCli, refused } from './support.ts'

const SIGN_IN = { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret' }
/** Made by passlib, of "secret". */
const PBKDF2 = '$pbkdf2-sha256$29000$FSIEoPQ.R6g1ZkxJaQ1BKA$hzA8tvnLuZxALFvRRpLiS/cqNV6p2a0sYZLf6RDfpj0'

async function withServer() {
  const cli = await openCli()
  const server = await startTestServer({ db: cli.db })
  return { ...cli, server, user: await addOrdinaryRows(server) }
}

describe('auth users add', () => {
  it('adds a user whose password comes from standard input, and who can sign in at once', async () => {
    const { auth, server } = await withServer()

    const ending = await auth(['users', 'add', 'bob', '--full-name', 'Bob B.'], { input: 'hunter22\n' })
    const answer = await server.post('/token', { ...SIGN_IN, username: 'bob', password: 'hunter22' })

    expect(ending).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^User bob is added, as usr_[\w-]{22}\.\n$/),
      stderr: '',
    })
    expect(answer.status).toBe(200)
  })

  it('answers with the user as JSON, never with a hash', async () => {
    const { json } = await openCli()

    expect(await json(['users', 'add', 'bob'], { input: 'hunter22' })).toEqual({
      sub: expect.stringMatching(/^usr_/),
      username: 'bob',
      full_name: null,
      disabled: false,
      created_at: expect.any(Number),
      updated_at: expect.any(Number),
      claims: {},
      roles: [],
      groups: [],
      password_hash_kind: 'bcrypt',
    })
  })

  it('takes a hash instead of a password', async () => {
    const { auth, json, db } = await openCli()
    const hash = bcrypt.hashSync('secret', 4)

    await auth(['users', 'add', 'bob', '--password-hash', hash])
    const carol = await json(['users', 'add', 'carol', '--password-hash', PBKDF2])

    expect((await findUserByName(db, 'bob'))?.passwordHash).toBe(hash)
    expect(carol).toMatchObject({ password_hash_kind: 'pbkdf2-sha256' })
  })

  it('refuses a name that looks like that of another user, and says whose', async () => {
    const { auth } = await openCli()
    await auth(['users', 'add', 'alice'], { input: 'a password' })

    for (const name of ['Alice', 'a1ice', '\u0430lice']) {
      expect(await auth(['users', 'add', name], { input: 'a password' })).toEqual(
        refused('That name is too much like the one of the user "alice": choose another name.'),
      )
    }
  })

  it('refuses what no user can have', async () => {
    const { auth, json } = await openCli()
    const tooLong = 'x'.repeat(73)

    expect(await auth(['users', 'add', ' bob'])).toEqual(
      refused('The user name must not begin or end with a space.'),
    )
    expect(await auth(['users', 'add', 'bob', '--full-name', 'a\u001b[2J'])).toEqual(
      refused('The full name must not hold a control character, nor any other that cannot be seen.'),
    )
    expect(await auth(['users', 'add', 'bob'], { input: '\n' })).toEqual(
      refused('The password must not be empty.'),
    )
    expect(await auth(['users', 'add', 'bob'], { input: 'seven77\n' })).toEqual(
      refused('The password must have 8 characters or more.'),
    )
    expect(await auth(['users', 'add', 'bob'], { input: tooLong })).toEqual(
      refused('The password must have at most 72 bytes, which is all that bcrypt reads.'),
    )
    expect(await auth(['users', 'add', 'bob', '--password-hash', 'hunter2'])).toEqual(
      refused(
        "The password hash must be a bcrypt hash ($2b$…) or one of passlib's pbkdf2_sha256 ($pbkdf2-sha256$…).",
      ),
    )
    expect(await json(['users', 'list'])).toEqual([])
  })

  it('refuses a name that is taken, and leaves its user alone', async () => {
    const { auth, db, user } = await withServer()

    expect(await auth(['users', 'add', 'alice'], { input: 'other' })).toEqual(
      refused('There is a user named "alice" already: choose another name.'),
    )
    expect(await findUserByName(db, 'alice')).toEqual(user)
  })
})

describe('auth users list and show', () => {
  it('print a table, or JSON', async () => {
    const { auth, json, user } = await withServer()

    const [list, listed] = [await auth(['users', 'list']), await json(['users', 'list'])]
    const [show, shown] = [await auth(['users', 'show', 'alice']), await json(['users', 'show', 'alice'])]

    expect(list.stdout).toMatch(
      new RegExp(
        `^NAME   FULL NAME         STATE    CREATED +ID\nalice  Alice Wonderland  enabled  20.+Z  ${user.id}\n$`,
      ),
    )
    expect(show.stdout).toContain('full name      Alice Wonderland\n')
    expect([{ ...(listed as object[])[0], last_sign_in_at: null, sign_in_delayed_until: null }]).toEqual([
      shown,
    ])
    expect(shown).toMatchObject({ sub: user.id, username: 'alice', full_name: 'Alice Wonderland' })
    expect(list.stdout + show.stdout + JSON.stringify(listed)).not.toContain('$2')
  })

  it('say what to do when there is nothing to show', async () => {
    const { auth } = await openCli()

    expect((await auth(['users', 'list'])).stdout).toBe('There are no users: `auth users add` adds one.\n')
    expect(await auth(['users', 'show', 'nobody'])).toEqual(
      refused('There is no such user: `auth users list` shows those there are.'),
    )
  })
})

describe('auth users disable, enable and set-password', () => {
  it('take effect in the running server at the next request', async () => {
    const { auth, json, server } = await withServer()

    const disabled = await auth(['users', 'disable', 'alice'])
    const whileDisabled = await server.post('/token', SIGN_IN)
    const again = await json(['users', 'disable', 'alice'])
    const enabled = await auth(['users', 'enable', 'alice'])
    const changed = await auth(['users', 'set-password', 'alice'], { input: 'new secret\n' })
    const withOld = await server.post('/token', SIGN_IN)
    const withNew = await server.post('/token', { ...SIGN_IN, password: 'new secret' })

    expect(disabled).toMatchObject({
      code: 0,
      stdout: 'User alice is disabled. 0 authorizations have ended.\n',
    })
    expect(whileDisabled).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(again).toMatchObject({ disabled: true, authorizations_ended: 0, access_tokens_expire_at: null })
    expect(enabled.stdout).toBe('User alice is enabled. What has ended stays so: they sign in again.\n')
    expect(changed.stdout).toBe(
      'User alice has a new password. Where they are signed in they stay so: `auth users sign-out alice` ends that.\n',
    )
    expect([withOld.status, withNew.status]).toEqual([400, 200])
  })
})

describe.each(['disable', 'sign-out', 'delete'])('auth users %s', (verb) => {
  it('revokes what the user opened, and says until when its access tokens live', async () => {
    const { json, server, user } = await withServer()
    await server.post('/token', SIGN_IN)

    const ending = await json(['users', verb, 'alice'])
    const rows = await server.db.selectFrom('authorizations').select(['subject', 'ended_at']).execute()

    expect(ending).toMatchObject({
      sub: user.id,
      authorizations_ended: 1,
      access_tokens_expire_at: server.now() + 1800,
    })
    expect(rows).toEqual([{ subject: user.id, ended_at: expect.any(Number) }])
  })
})

describe('auth users sign-out and delete', () => {
  it('leave a user who can sign in, and none', async () => {
    const { auth, server } = await withServer()

    await server.post('/token', SIGN_IN)
    const signedOut = await auth(['users', 'sign-out', 'alice'])
    const after = await server.post('/token', SIGN_IN)
    const deleted = await auth(['users', 'delete', 'alice'])
    const gone = await server.post('/token', SIGN_IN)

    expect(signedOut.stdout).toMatch(
      /^User alice is signed out\. 1 authorization has ended\. A resource server that does not read the status list accepts access tokens issued before until they expire, the last at 20.+Z\.\n$/,
    )
    expect(deleted.stdout).toMatch(/^User alice is deleted\. /)
    expect([after.status, gone.status]).toEqual([200, 400])
  })
})
