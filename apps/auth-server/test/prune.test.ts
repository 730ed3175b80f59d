import { decodeStatusList, STATUS_LIST_SIZE, type StatusListClaims } from '@countersign/shared'
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { revokeAuthorization } from '../src/domain/authorizations/revoke-authorizations.ts'
import { prune } from '../src/jobs/prune.ts'
import { aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from './support/rows.ts'
import { isRevokedAt } from './support/status-bit.ts'
import { startTestServer, type TestServer } from './support/test-server.ts'

const CLIENT = { client_id: 'app', client_secret: CLIENT_SECRET }

async function start(): Promise<TestServer> {
  const server = await startTestServer({ refreshTokenLifetime: 10_000, refreshTokenIdleLifetime: 5_000 })
  const grantTypes = ['password', 'refresh_token', 'client_credentials'] as const
  await addOrdinaryRows(server, aConfidentialClient({ grantTypes }))
  return server
}

async function signIn(server: TestServer): Promise<string> {
  const form = { ...CLIENT, grant_type: 'password', username: 'alice', password: 'secret' }
  return ((await server.post('/token', form)).body as { refresh_token: string }).refresh_token
}

async function count(server: TestServer, table: 'authorizations' | 'refresh_tokens'): Promise<number> {
  return (await server.db.selectFrom(table).selectAll().execute()).length
}

/** The list of the only authorization there is, as a verifier would fetch it. */
async function fetchList(server: TestServer) {
  const { id } = await server.db.selectFrom('status_lists').select('id').executeTakeFirstOrThrow()
  const { iat, status_list } = decodeJwt<StatusListClaims>(
    (await server.get(`/status-lists/${id}`)).body as string,
  )
  return { iat, bytes: decodeStatusList(status_list.lst, STATUS_LIST_SIZE / 8) }
}

describe('pruning', () => {
  it('dates the list in which it takes bits back after every list that had them', async () => {
    const server = await start()
    await signIn(server)
    const [revoked] = await server.db.selectFrom('authorizations').selectAll().execute()
    await revokeAuthorization(server.db, revoked!.id, server.now())
    server.clock.advance(1_800 + 3_600)
    await signIn(server)
    const other = await server.db
      .selectFrom('authorizations')
      .select('id')
      .where('id', '<>', revoked!.id)
      .executeTakeFirstOrThrow()
    // Later than what pruning forgets by: a verifier has this list when the other bit is taken back.
    await revokeAuthorization(server.db, other.id, server.now())
    const before = await fetchList(server)
    server.clock.advance(1)

    await prune(server.db, server.now)
    const after = await fetchList(server)

    expect(isRevokedAt(before.bytes, revoked!.status_index!)).toBe(true)
    expect(isRevokedAt(after.bytes, revoked!.status_index!)).toBe(false)
    expect(after.iat).toBe(before.iat + 1)
  })

  it('forgets nothing that somebody can still ask about', async () => {
    const server = await start()
    const refreshToken = await signIn(server)
    server.clock.advance(4_999)

    await prune(server.db, server.now)
    const answer = await server.post('/token', {
      ...CLIENT,
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
    })

    expect(answer.status).toBe(200)
  })

  it('forgets refresh tokens an hour after they expired, and authorizations after their last token', async () => {
    const server = await start()
    await signIn(server)

    server.clock.advance(5_000 + 3_600)
    await prune(server.db, server.now)
    const before = [await count(server, 'refresh_tokens'), await count(server, 'authorizations')]
    server.clock.advance(1)
    await prune(server.db, server.now)
    const after = [await count(server, 'refresh_tokens'), await count(server, 'authorizations')]
    server.clock.advance(5_000)
    await prune(server.db, server.now)

    expect(before).toEqual([1, 1])
    expect(after).toEqual([0, 1])
    expect(await count(server, 'authorizations')).toBe(0)
  })

  it('keeps a client authorization as long as its tokens, and lets it be opened again', async () => {
    const server = await start()
    const request = { ...CLIENT, grant_type: 'client_credentials' }
    await server.post('/token', request)
    server.clock.advance(3_600 + 3_600 + 1)

    await prune(server.db, server.now)
    const forgotten = await count(server, 'authorizations')
    const answer = await server.post('/token', request)

    expect(forgotten).toBe(0)
    expect(answer.status).toBe(200)
  })

  it('goes through more than one batch', async () => {
    const server = await start()
    await signIn(server)
    const [row] = await server.db.selectFrom('refresh_tokens').selectAll().execute()
    for (let batch = 0; batch < 12; batch++) {
      const rows = Array.from({ length: 100 }, (_, i) => ({ ...row!, hash: `${batch}-${i}`, expires_at: 0 }))
      await server.db.insertInto('refresh_tokens').values(rows).execute()
    }

    await prune(server.db, server.now)

    expect(await count(server, 'refresh_tokens')).toBe(1)
  })

  it('ends before its next batch when it is time to stop', async () => {
    const server = await start()
    await signIn(server)
    server.clock.advance(5_000 + 3_601)

    await prune(server.db, server.now, AbortSignal.abort())

    expect(await count(server, 'refresh_tokens')).toBe(1)
  })
})
