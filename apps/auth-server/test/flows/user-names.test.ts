import { describe, expect, it } from 'vitest'
import { fillUsernameKeys } from '../../src/domain/users/user-name-keys-store.ts'
import { insertUser } from '../../src/domain/users/user-store.ts'
import { mintId } from '../../src/oauth/secret.ts'
import { addOrdinaryRows, addUser } from '../support/rows.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

/** The same letters as one character each, and as a letter and its mark. */
const COMPOSED = 'Bj\u00f6rn'
const DECOMPOSED = 'Bjo\u0308rn'

async function signIn(server: TestServer, username: string, password: string): Promise<number> {
  const answer = await server.post('/token', {
    grant_type: 'password',
    client_id: 'app',
    username,
    password,
  })
  return answer.status
}

async function startWithUser(username: string, password: string): Promise<TestServer> {
  const server = await startTestServer()
  await addOrdinaryRows(server)
  await addUser(server, { username, passwordHash: await server.passwordHasher.hash(password) })
  return server
}

describe('a user', () => {
  it.each([
    [COMPOSED, DECOMPOSED],
    [DECOMPOSED, COMPOSED],
  ])(
    'of the name %j signs in as %j, with a password typed either way [RFC 8265 §3, §4]',
    async (set, typed) => {
      const server = await startWithUser(set, `${set}s password`)

      expect(await signIn(server, typed, `${typed}s password`)).toBe(200)
      expect(await signIn(server, typed, `${typed}s\u00a0password`)).toBe(200)
      expect(await signIn(server, typed, 'another password')).toBe(400)
    },
  )

  it('whose hash another system made of another form signs in with what was typed there', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    // bcrypt of the decomposed form, at a cost of 4: set by hand, because we would hash the composed one.
    const { default: bcrypt } = await import('bcryptjs')
    await addUser(server, { username: 'bjorn', passwordHash: bcrypt.hashSync(`${DECOMPOSED}!!!`, 4) })

    expect(await signIn(server, 'bjorn', `${DECOMPOSED}!!!`)).toBe(200)
  })

  it('is throttled under one count, however the name is typed', async () => {
    const server = await startWithUser(COMPOSED, 'a password')

    const statuses = []
    for (let attempt = 0; attempt < 12; attempt++) {
      statuses.push(await signIn(server, attempt % 2 === 0 ? COMPOSED : DECOMPOSED, 'wrong password'))
    }

    expect(statuses.at(-1)).toBe(429)
  })

  it.each(['ALICE', '\u0430lice', 'a1ice', '\uff41lice'])(
    'cannot be added beside alice under the name %j',
    async (username) => {
      const server = await startTestServer()
      const alice = await addOrdinaryRows(server)

      const added = await insertUser(
        server.db,
        { ...alice, id: mintId('usr'), username },
        { now: server.now(), demo: 0 },
      )

      expect(added).toBe(false)
      expect(await server.db.selectFrom('users').select('username').execute()).toEqual([
        { username: 'alice' },
      ])
    },
  )

  it('of a time before names had keys gets them at the next start, unless an earlier one is alike', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    for (const username of [DECOMPOSED, 'ALICE']) {
      await addUser(server, { username: `old ${username}` })
      await server.db
        .updateTable('users')
        .set({ username, letters_key: null, shapes_key: null })
        .where('username', '=', `old ${username.normalize('NFC')}`)
        .execute()
    }

    await fillUsernameKeys(server.db)

    expect(
      await server.db.selectFrom('users').select(['username', 'letters_key']).orderBy('username').execute(),
    ).toEqual(
      expect.arrayContaining([
        { username: 'ALICE', letters_key: null },
        { username: COMPOSED, letters_key: 'bj\u00f6rn' },
        { username: 'alice', letters_key: 'alice' },
      ]),
    )
    expect(await signIn(server, 'ALICE', 'secret')).toBe(200)
    expect(await signIn(server, DECOMPOSED, 'secret')).toBe(200)
  })
})
