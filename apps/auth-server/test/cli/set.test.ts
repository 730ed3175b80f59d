import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { insertAuthorization } from '../../src/domain/authorizations/authorization-store.ts'
import { findClientRecord, saveClient } from '../../src/domain/clients/client-store.ts'
import { findResources, saveResource } from '../../src/domain/resources/resource-store.ts'
import { insertUser } from '../../src/domain/users/user-store.ts'
import { anAuthorization, aResource, aUser } from '../support/records.ts'
import { aClient, aConfidentialClient } from '../support/rows.ts'
import { AUDIENCE } from '../support/test-server.ts'
import { type Ending, openCli, refused } from './support.ts'
import { runInProcess } from './support-in-process.ts'

const ORDERS = 'https://orders.example.com'
const ORIGIN = { now: 1, demo: 0 } as const
const CLIENT = aClient({
  grantTypes: ['password', 'refresh_token'],
  scope: ['profile', 'catalog'],
  audiences: [AUDIENCE, ORDERS],
})

/** Two resources, a public client, one with a secret, alice, and five authorizations that stand. */
async function withRows() {
  const { db, path, folder } = await openCli()
  await saveResource(db, aResource({ scope: ['profile', 'catalog'] }), { demo: 0 })
  await saveResource(db, aResource({ audience: ORDERS, scope: ['profile'] }), { demo: 0 })
  await saveClient(db, CLIENT, ORIGIN)
  await saveClient(
    db,
    aConfidentialClient({ id: 'job', grantTypes: ['client_credentials'], scope: ['profile', 'catalog'] }),
    ORIGIN,
  )
  await insertUser(db, aUser(), ORIGIN)
  for (const [id, differences] of Object.entries({
    az_profile: {},
    az_catalog: { scope: ['profile', 'catalog'] },
    az_orders: { audience: [ORDERS] },
    az_brief: { refreshExpiresAt: undefined },
    az_job: { clientId: 'job', subject: 'job', scope: [], refreshExpiresAt: undefined },
  })) {
    await insertAuthorization(db, anAuthorization({ id, ...differences }), 1)
  }
  const auth = (args: readonly string[], env: Record<string, string> = {}): Promise<Ending> =>
    runInProcess(args, { env: { AUTH_DATABASE_URL: `sqlite:${path}`, ...env } })
  const ended = async () => {
    const rows = await db
      .selectFrom('authorizations')
      .select('id')
      .where('ended_at', 'is not', null)
      .execute()
    return rows.map((row) => row.id).sort()
  }
  return { db, folder, auth, ended }
}

describe('auth clients set', () => {
  it.each<[string, readonly string[], string, readonly string[]]>([
    ['the same grants', ['--grant', 'password', '--grant', 'refresh_token'], 'app', []],
    ['the same scope', ['--scope', 'catalog profile'], 'app', []],
    ['a scope value less', ['--scope', 'profile'], 'app', ['az_catalog']],
    ['an audience less', ['--audience', AUDIENCE], 'app', ['az_orders']],
    ['no refresh tokens', ['--grant', 'password'], 'app', ['az_catalog', 'az_orders', 'az_profile']],
    ['another way to sign in', ['--grant', 'refresh_token'], 'app', []],
    ['a scope value less of its own', ['--scope', 'profile'], 'job', ['az_job']],
    ['no tokens of its own', ['--grant', 'password'], 'job', ['az_job']],
    ['one grant more', ['--grant', 'client_credentials', '--grant', 'password'], 'job', []],
  ])('with %s ends what that demands, and nothing else', async (_what, args, id, expected) => {
    const { auth, ended } = await withRows()

    const ending = await auth(['clients', 'set', id, ...args, '--json'])

    expect(ending.code).toBe(0)
    expect(JSON.parse(ending.stdout)).toMatchObject({ client_id: id, authorizations_ended: expected.length })
    expect(await ended()).toEqual(expected)
  })

  it('replaces what is named, leaves the rest, and says what it came to', async () => {
    const { auth, db } = await withRows()

    const ending = await auth(['clients', 'set', 'app', '--scope', 'profile'])

    expect(ending).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Client app is changed\. 1 authorization has ended\./),
      stderr: '',
    })
    const { client } = (await findClientRecord(db, 'app'))!
    expect(client).toEqual({ ...CLIENT, scope: ['profile'] })
  })

  it('takes an empty value for none', async () => {
    const { auth, db } = await withRows()

    await auth(['clients', 'set', 'app', '--scope', ''])

    expect((await findClientRecord(db, 'app'))?.client.scope).toEqual([])
  })

  it('keeps a secret, and gives a client that has keys other ones', async () => {
    const { auth, db, folder } = await withRows()
    const jwk = await exportJWK((await generateKeyPair('ES256')).publicKey)
    await saveClient(
      db,
      aClient({ id: 'keyed', authentication: { kind: 'keys', jwks: { keys: [jwk] } } }),
      ORIGIN,
    )
    const next = await exportJWK((await generateKeyPair('ES256')).publicKey)
    const file = join(folder, 'jwks.json')
    writeFileSync(file, JSON.stringify({ keys: [next] }))

    await auth(['clients', 'set', 'job', '--scope', 'catalog'])
    const ending = await auth(['clients', 'set', 'keyed', '--jwks', file, '--json'])

    expect((await findClientRecord(db, 'job'))?.client.authentication.kind).toBe('secret')
    expect(JSON.parse(ending.stdout)).toMatchObject({ jwks: { keys: [next] }, authorizations_ended: 0 })
    expect((await findClientRecord(db, 'keyed'))?.client.authentication).toEqual({
      kind: 'keys',
      jwks: { keys: [next] },
    })
    expect(await auth(['clients', 'set', 'job', '--jwks', file])).toEqual(
      refused(
        'Client job proves itself by a secret: leave out --jwks, and `auth clients rotate-secret job` gives it another.',
      ),
    )
  })

  it.each<[string, readonly string[], string]>([
    ['nobody', ['--scope', 'catalog'], 'There is no such client: `auth clients list` shows those there are.'],
    [
      'app',
      ['--scope', 'admin'],
      `The scope value is known to no audience of this client: \`auth resources add ${AUDIENCE} --scope …\` adds it.`,
    ],
    [
      'app',
      ['--audience', 'https://nowhere.example.com'],
      'There is no resource for --audience: `auth resources add` adds it.',
    ],
    [
      'app',
      ['--grant', 'client_credentials'],
      'Client app is public and cannot have the client_credentials grant, since it has no secret to prove itself with.',
    ],
    ['app', ['--jwks', 'keys.json'], 'Client app is public and has no keys: leave out --jwks.'],
  ])('of %s refuses %j as `add` does, and changes nothing', async (id, args, sentence) => {
    const { auth, db, ended } = await withRows()

    expect(await auth(['clients', 'set', id, ...args])).toEqual(refused(sentence))
    expect((await findClientRecord(db, 'app'))?.client).toEqual(CLIENT)
    expect(await ended()).toEqual([])
  })

  it.each(['users', 'clients', 'resources'])('%s set is wrong use when it names nothing', async (noun) => {
    const { auth } = await withRows()

    const ending = await auth([noun, 'set', 'app', '--json'])

    expect(ending).toMatchObject({ code: 2, stdout: '' })
    expect(ending.stderr).toMatch(/^Nothing is named that shall change: give one of --/)
  })
})

describe('auth resources set', () => {
  it('revokes what carries a scope value that is taken away', async () => {
    const { auth, db, ended } = await withRows()
    await saveClient(db, { ...CLIENT, scope: ['profile'] }, ORIGIN)
    await auth(['clients', 'set', 'job', '--scope', 'profile'])

    const ending = await auth(['resources', 'set', AUDIENCE, '--scope', 'profile', '--introspector', 'job'])

    expect(ending).toEqual({
      code: 0,
      stdout: `Resource ${AUDIENCE} now knows the scope profile; job may ask about its tokens. 1 authorization has ended.\n`,
      stderr: '',
    })
    expect(await findResources(db, [AUDIENCE])).toEqual([aResource({ introspectors: ['job'] })])
    expect(await ended()).toEqual(['az_catalog', 'az_job'])
  })

  it('leaves what is not named, and revokes nothing when it knows more', async () => {
    const { auth, db, ended } = await withRows()

    const ending = await auth(['resources', 'set', ORDERS, '--scope', 'profile read', '--json'])
    await auth(['resources', 'set', ORDERS, '--introspector', 'job', '--token-type', 'JWT'])
    await auth(['resources', 'set', ORDERS, '--introspector='])

    expect(JSON.parse(ending.stdout)).toMatchObject({ scope: 'profile read', authorizations_ended: 0 })
    expect(await findResources(db, [ORDERS])).toEqual([
      aResource({ audience: ORDERS, scope: ['profile', 'read'], tokenType: 'JWT' }),
    ])
    expect(await ended()).toEqual([])
  })

  it.each<[string, readonly string[], string]>([
    [
      'https://nowhere.example.com',
      ['--scope', 'a'],
      'There is no such resource: `auth resources list` shows those there are.',
    ],
    [
      AUDIENCE,
      ['--scope', 'profile'],
      'Client app is registered for catalog, which no other audience of it knows: `auth clients set app --scope …` takes that away first.',
    ],
    [
      AUDIENCE,
      ['--introspector', 'app'],
      'Client app is public, so anybody could ask in its name: name one that authenticates.',
    ],
  ])('of %s refuses %j', async (audience, args, sentence) => {
    const { auth, ended } = await withRows()

    expect(await auth(['resources', 'set', audience, ...args])).toEqual(refused(sentence))
    expect(await ended()).toEqual([])
  })
})

describe('auth users set', () => {
  it('gives another full name, none, and another name; the id stays and nothing ends', async () => {
    const { auth, db, ended } = await withRows()

    const one = await auth(['users', 'set', 'alice', '--full-name', 'Alice Liddell', '--json'])
    const other = await auth(['users', 'set', 'alice', '--name', 'Alice', '--full-name='])
    const row = await db.selectFrom('users').selectAll().executeTakeFirstOrThrow()

    expect(JSON.parse(one.stdout)).toMatchObject({ sub: 'usr_alice', full_name: 'Alice Liddell' })
    expect(other).toEqual({
      code: 0,
      stdout:
        'User alice is changed, and is now Alice. Access tokens issued before say what was so then: `auth users sign-out Alice` ends them.\n',
      stderr: '',
    })
    expect(row).toMatchObject({ id: 'usr_alice', username: 'Alice', full_name: null, letters_key: 'alice' })
    expect(await ended()).toEqual([])
  })

  it.each<[readonly string[], string]>([
    [['--name', 'bob'], 'There is a user named "bob" already: choose another name.'],
    [['--name', 'b0b'], 'The name is too much like that of the user "bob": choose another.'],
    [['--name', ' x'], 'The user name must not begin or end with a space.'],
    [
      ['--full-name', 'a\u202eb'],
      'The full name must not hold a control character, nor any other that cannot be seen.',
    ],
  ])('refuses %j as `add` does', async (args, sentence) => {
    const { auth, db } = await withRows()
    await insertUser(db, aUser({ id: 'usr_bob', username: 'bob' }), ORIGIN)

    expect(await auth(['users', 'set', 'alice', ...args])).toEqual(refused(sentence))
  })
})

describe('what the bootstrap file names', () => {
  const FILE = {
    resources: [{ audience: AUDIENCE, scope: 'profile catalog' }],
    clients: [{ client_id: 'app', public: true, grant_types: ['password'], audiences: ['${ORIGIN}'] }],
    users: [{ username: 'alice', password: 'a secret' }],
  }
  const CHANGES: readonly (readonly [string, readonly string[]])[] = [
    ['client', ['clients', 'set', 'app', '--grant', 'password']],
    ['client', ['clients', 'delete', 'app']],
    ['resource', ['resources', 'add', AUDIENCE, '--scope', 'more']],
    ['resource', ['resources', 'set', AUDIENCE, '--scope', 'profile catalog more']],
    ['user', ['users', 'set', 'alice', '--name', 'carol']],
    ['user', ['users', 'delete', 'alice']],
  ]

  it.each(CHANGES)('is said of a %s to be made so again: %j', async (noun, args) => {
    const { auth, folder } = await withRows()
    const file = join(folder, 'bootstrap.json')
    writeFileSync(file, JSON.stringify(FILE))

    const named = await auth(args, { AUTH_BOOTSTRAP_FILE: file, ORIGIN: AUDIENCE })

    expect(named.code).toBe(0)
    expect(named.stderr).toMatch(
      new RegExp(`Note: the bootstrap file names this ${noun}, and the next start`),
    )
  })

  it('is nothing else, and maybe all where it cannot be read', async () => {
    const { auth, folder } = await withRows()
    const file = join(folder, 'bootstrap.json')
    writeFileSync(file, JSON.stringify({ ...FILE, clients: [] }))
    const args = ['clients', 'set', 'app', '--audience', AUDIENCE, '--audience', ORDERS, '--scope', 'catalog']

    const other = await auth(args, { AUTH_BOOTSTRAP_FILE: file })
    const unread = await auth(args, { AUTH_BOOTSTRAP_FILE: join(folder, 'nothing.json') })

    expect(other.stderr).not.toContain('bootstrap')
    expect(unread.stderr).toContain('Note: if the bootstrap file names this client, the next start makes it')
  })
})
