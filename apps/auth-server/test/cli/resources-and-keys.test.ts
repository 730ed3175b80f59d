import { describe, expect, it } from 'vitest'
import { addOrdinaryRows } from '../support/rows.ts'
import { AUDIENCE, startTestServer } from '../support/test-server.ts'
import { openCli, refused } from './support.ts'

describe('auth resources add', () => {
  it('adds a resource, and later scope values to it', async () => {
    const { auth, json } = await openCli()

    const added = await auth(['resources', 'add', AUDIENCE, '--scope', 'profile', '--scope', 'email orders'])
    const more = await json(['resources', 'add', AUDIENCE, '--scope', 'profile admin'])

    expect(added).toEqual({
      code: 0,
      stdout: `Resource ${AUDIENCE} is added, with the scope profile email orders.\n`,
      stderr: '',
    })
    expect(more).toEqual({
      audience: AUDIENCE,
      scope: 'profile email orders admin',
      introspectors: [],
      token_type: 'at+jwt',
      descriptions: {},
    })
    expect(await json(['resources', 'list'])).toEqual([more])
  })

  it.each([
    { args: ['resources', 'add', AUDIENCE, '--scope', 'a,b'], code: 0 },
    { args: ['resources', 'set', AUDIENCE, '--scope=a,b'], code: 1 },
    { args: ['clients', 'add', 'web', '--scope', 'a,b'], code: 1 },
  ])('says that a comma separates no scope values: $args', async ({ args, code }) => {
    const { auth } = await openCli()

    const ending = await auth(args)

    expect(ending.code).toBe(code)
    expect(ending.stderr).toMatch(
      /^Note: the comma is a part of the scope value: separate values by spaces, or repeat --scope\.\n/,
    )
  })

  it('refuses what is no audience, and what is there already', async () => {
    const { auth } = await openCli()
    await auth(['resources', 'add', AUDIENCE])

    expect(await auth(['resources', 'add', 'orders'])).toEqual(
      refused('The audience is not an absolute URI: write it like https://api.example.com.'),
    )
    expect(await auth(['resources', 'add', AUDIENCE])).toEqual(
      refused(`There is a resource ${AUDIENCE} already, with this scope and these introspectors.`),
    )
  })
})

describe('auth resources list', () => {
  it('prints a table, or what to do when there is nothing in it', async () => {
    const { auth } = await openCli()
    const empty = await auth(['resources', 'list'])
    await auth(['resources', 'add', AUDIENCE, '--scope', 'profile'])

    const list = await auth(['resources', 'list'])

    expect(empty.stdout).toBe('There are no resources: `auth resources add` adds one.\n')
    expect(list.stdout).toBe(`AUDIENCE                 SCOPE    INTROSPECTORS\n${AUDIENCE}  profile\n`)
  })
})

describe('auth resources delete', () => {
  it('is refused while a client names the resource; then it revokes what was opened for it', async () => {
    const { auth, json, db } = await openCli()
    const server = await startTestServer({ db })
    await addOrdinaryRows(server)
    await server.post('/token', {
      grant_type: 'password',
      client_id: 'app',
      username: 'alice',
      password: 'secret',
    })

    const inUse = await auth(['resources', 'delete', AUDIENCE])
    // Its client is made to name nothing, not deleted: that would revoke the authorization by itself.
    await db.updateTable('clients').set({ audiences: '' }).execute()
    const deleted = await json(['resources', 'delete', AUDIENCE])

    expect(inUse).toEqual(
      refused(
        `The resource ${AUDIENCE} is named by app: \`auth clients set --audience\` or \`auth clients delete\` comes first.`,
      ),
    )
    expect(deleted).toEqual({
      audience: AUDIENCE,
      scope: 'profile email',
      introspectors: [],
      token_type: 'at+jwt',
      descriptions: {},
      authorizations_ended: 1,
    })
    expect(await auth(['resources', 'delete', AUDIENCE])).toEqual(
      refused('There is no such resource: `auth resources list` shows those there are.'),
    )
  })

  it('says what it did', async () => {
    const { auth } = await openCli()
    await auth(['resources', 'add', AUDIENCE])

    expect((await auth(['resources', 'delete', AUDIENCE])).stdout).toBe(
      `Resource ${AUDIENCE} is deleted. 0 authorizations have ended.\n`,
    )
  })
})

describe('auth keys list', () => {
  it('prints the keys that are published, and no private one', async () => {
    const { auth, json, db } = await openCli()
    const none = await auth(['keys', 'list'])
    const server = await startTestServer({ db })
    const [published] = (await server.keyRing.currentKeySet()).keys

    const table = await auth(['keys', 'list'])
    const keys = await json(['keys', 'list'])

    expect(none.stdout).toBe('There are no keys yet: the server makes the first one when it starts.\n')
    expect(table.stdout).toMatch(/^KID +STATE +PUBLISHED /)
    expect(keys).toEqual([
      {
        kid: published!.kid,
        alg: 'RS256',
        state: 'active',
        published_at: server.now(),
        activated_at: server.now(),
        retired_at: null,
        tokens_expire_at: server.now(),
      },
    ])
    expect(JSON.stringify(keys) + table.stdout).not.toContain('eyJ')
  })

  it('refuses a key-encryption secret that opens none of them, in the words of the server', async () => {
    const { auth, db } = await openCli()
    const server = await startTestServer({ db })
    const { kid } = (await server.keyRing.currentKeySet()).keys[0]!

    expect(await auth(['keys', 'list'], { env: { AUTH_KEY_ENCRYPTION_SECRET: 'B'.repeat(43) } })).toEqual(
      refused(
        `The signing key ${kid} in the database was not encrypted with this AUTH_KEY_ENCRYPTION_SECRET. ` +
          'Set the secret this database was made with; nothing has been changed. ' +
          'If it is lost, `auth keys revoke --all --lost-secret` makes new keys under the one that is set.',
      ),
    )
  })
})
