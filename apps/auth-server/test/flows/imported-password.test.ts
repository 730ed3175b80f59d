import { describe, expect, it } from 'vitest'
import { findUserByName } from '../../src/domain/users/user-store.ts'
import { addOrdinaryRows, addUser } from '../support/rows.ts'
import { startTestServer } from '../support/test-server.ts'

/** Made by passlib. */
const OF_SECRET = '$pbkdf2-sha256$29000$FSIEoPQ.R6g1ZkxJaQ1BKA$hzA8tvnLuZxALFvRRpLiS/cqNV6p2a0sYZLf6RDfpj0'
const OF_EIGHTY_LETTERS =
  '$pbkdf2-sha256$1000$W6uV0tpbKwXAOCfkvPfe.w$uIq6fRTD8lcJqQlBnBnkv1GjdVlbbWGHpF0fiiszZ4Y'

const SIGN_IN = { grant_type: 'password', client_id: 'app', username: 'bob', password: 'secret' }

describe('a user who comes with a hash from passlib', () => {
  it('signs in, and has a bcrypt hash from then on', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    await addUser(server, { username: 'bob', passwordHash: OF_SECRET })

    const first = await server.post('/token', SIGN_IN)
    const { passwordHash } = (await findUserByName(server.db, 'bob'))!
    const second = await server.post('/token', SIGN_IN)

    expect([first.status, second.status]).toEqual([200, 200])
    expect(passwordHash).toMatch(/^\$2b\$04\$/)
  })

  it('keeps it after a wrong password', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    await addUser(server, { username: 'bob', passwordHash: OF_SECRET })

    const answer = await server.post('/token', { ...SIGN_IN, password: 'wrong' })

    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await findUserByName(server.db, 'bob'))?.passwordHash).toBe(OF_SECRET)
  })

  it('keeps it with a password longer than bcrypt reads, and signs in all the same', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    await addUser(server, { username: 'bob', passwordHash: OF_EIGHTY_LETTERS })
    const form = { ...SIGN_IN, password: 'x'.repeat(80) }

    const [first, second] = [await server.post('/token', form), await server.post('/token', form)]

    expect([first.status, second.status]).toEqual([200, 200])
    expect((await findUserByName(server.db, 'bob'))?.passwordHash).toBe(OF_EIGHTY_LETTERS)
  })
})
