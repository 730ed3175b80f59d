import bcrypt from 'bcryptjs'
import { describe, expect, it } from 'vitest'
import { disableClient, disableUser } from '../../src/domain/authorizations/revoke-authorizations.ts'
import { PasswordHasher } from '../../src/domain/users/password-hasher.ts'
import { setPasswordHash } from '../../src/domain/users/user-store.ts'
import { aConfidentialClient, addOrdinaryRows, addUser, CLIENT_SECRET } from '../support/rows.ts'
import { startTestServer } from '../support/test-server.ts'

const CLIENT = { client_id: 'app', client_secret: CLIENT_SECRET }
const SIGN_IN = { ...CLIENT, grant_type: 'password', username: 'alice', password: 'secret' }

/** A hasher that lets the test do something while the password is being compared. */
function hasherInterruptedBy(interrupt: () => Promise<unknown>): PasswordHasher {
  const hasher = new PasswordHasher({ cost: 4, workers: 1 })
  const verify = hasher.verify.bind(hasher)
  return Object.assign(hasher, {
    verify: async (...task: Parameters<typeof verify>) => {
      const verification = await verify(...task)
      await interrupt()
      return verification
    },
  })
}

describe('turning somebody off while they sign in', () => {
  it.each(['user', 'client'] as const)('leaves nothing open: the %s gets no token', async (who) => {
    let interrupt = async () => {}
    const passwordHasher = hasherInterruptedBy(() => interrupt())
    const server = await startTestServer({ passwordHasher })
    const alice = await addOrdinaryRows(server, aConfidentialClient({ grantTypes: ['password'] }))
    interrupt = async () => {
      await (who === 'user'
        ? disableUser(server.db, alice.id, { now: server.now() })
        : disableClient(server.db, 'app', { now: server.now() }))
    }

    const answer = await server.post('/token', SIGN_IN)
    const open = await server.db
      .selectFrom('authorizations')
      .selectAll()
      .where('ended_at', 'is', null)
      .execute()
    await passwordHasher.close()

    expect(answer).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'The user name or password is wrong.' },
    })
    expect(open).toEqual([])
  })
})

describe('a new password', () => {
  it('leaves nothing to a sign-in with the old one that was under way', async () => {
    let interrupt = async () => {}
    const passwordHasher = hasherInterruptedBy(() => interrupt())
    const server = await startTestServer({ passwordHasher })
    const alice = await addOrdinaryRows(server, aConfidentialClient({ grantTypes: ['password'] }))
    const newHash = await passwordHasher.hash('another')
    interrupt = async () => void (await setPasswordHash(server.db, alice.id, newHash))

    const answer = await server.post('/token', SIGN_IN)
    await passwordHasher.close()

    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await server.db.selectFrom('authorizations').selectAll().execute()).toEqual([])
  })
})

describe('a hash that several sign-ins upgrade at once', () => {
  it('lets all of them in', async () => {
    const passwordHasher = new PasswordHasher({ cost: 5, workers: 2 })
    const server = await startTestServer({ passwordHasher })
    await addOrdinaryRows(server, aConfidentialClient({ grantTypes: ['password'] }))
    await addUser(server, { username: 'bob', passwordHash: bcrypt.hashSync('secret', 4) })

    const answers = await Promise.all(
      Array.from({ length: 6 }, () => server.post('/token', { ...SIGN_IN, username: 'bob' })),
    )
    await passwordHasher.close()

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
  })
})
