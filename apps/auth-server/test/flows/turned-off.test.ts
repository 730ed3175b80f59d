import { describe, expect, it } from 'vitest'
import { disableClient, disableUser } from '../../src/domain/authorizations/disable.ts'
import { PasswordHasher } from '../../src/domain/users/password-hasher.ts'
import { aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from '../support/rows.ts'
import { startTestServer } from '../support/test-server.ts'

const CLIENT = { client_id: 'app', client_secret: CLIENT_SECRET }
const SIGN_IN = { ...CLIENT, grant_type: 'password', username: 'alice', password: 'secret' }

/** A hasher that lets the test do something while the password is being compared. */
function hasherInterruptedBy(interrupt: () => Promise<unknown>): PasswordHasher {
  const hasher = new PasswordHasher({ cost: 4, workers: 1 })
  const verify = hasher.verify.bind(hasher)
  return Object.assign(hasher, {
    verify: async (password: string, hash: string) => {
      await interrupt()
      return verify(password, hash)
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
        ? disableUser(server.db, alice.id, server.now())
        : disableClient(server.db, 'app', server.now()))
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
