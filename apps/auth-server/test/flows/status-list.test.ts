import {
  decodeStatusList,
  STATUS_LIST_SIZE,
  type StatusClaim,
  type StatusListClaims,
} from '@countersign/shared'
import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  revokeAuthorization,
  revokeAuthorizationsOf,
} from '../../src/domain/authorizations/revoke-authorizations.ts'
import { STATUS_LIST_CAPACITY } from '../../src/domain/status/status-list.ts'
import { dropEmptyStatusLists } from '../../src/domain/status/status-list-store.ts'
import { createStatusListSigner } from '../../src/domain/status/status-list-token.ts'
import { authorizationIdOf } from '../../src/domain/tokens/access-token.ts'
import { aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from '../support/rows.ts'
import { isRevokedAt } from '../support/status-bit.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const CLIENT = { client_id: 'app', client_secret: CLIENT_SECRET }

async function start(config: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer(config)
  await addOrdinaryRows(server, aConfidentialClient({ grantTypes: ['password', 'refresh_token'] }))
  return server
}

async function signIn(server: TestServer) {
  const form = { ...CLIENT, grant_type: 'password', username: 'alice', password: 'secret' }
  const { access_token, refresh_token } = (await server.post('/token', form)).body as {
    access_token: string
    refresh_token: string
  }
  const { status_list } = decodeJwt(access_token).status as StatusClaim
  return { access_token, refresh_token, ...status_list, path: new URL(status_list.uri).pathname }
}

function claimsOf(body: unknown): StatusListClaims {
  return decodeJwt(body as string) as unknown as StatusListClaims
}

async function isEnded(
  server: TestServer,
  token: { path: string; idx: number },
): Promise<boolean | undefined> {
  const { lst } = claimsOf((await server.get(token.path)).body).status_list
  return isRevokedAt(decodeStatusList(lst, STATUS_LIST_SIZE / 8), token.idx)
}

describe('a status list [Token Status List §5.1, §8.1]', () => {
  it('is a JWT of its own type, signed with a published key, that names itself', async () => {
    const server = await start()
    const token = await signIn(server)

    const answer = await server.get(token.path, { accept: 'application/statuslist+jwt' })

    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/statuslist+jwt')
    expect(answer.headers.get('cache-control')).toBe('no-cache')
    const [jwk] = ((await server.get('/.well-known/jwks.json')).body as { keys: { kid: string }[] }).keys
    expect(decodeProtectedHeader(answer.body as string)).toEqual({
      alg: 'RS256',
      typ: 'statuslist+jwt',
      kid: jwk!.kid,
    })
    await jwtVerify(answer.body as string, await importJWK(jwk!, 'RS256'))
    expect(claimsOf(answer.body)).toEqual({
      sub: token.uri,
      iat: server.now() - 60,
      exp: server.now() + 86_400,
      ttl: 5,
      status_list: { bits: 1, lst: expect.any(String) },
    })
  })

  it('may be read by any page', async () => {
    const server = await start({ corsOrigins: [] })
    const token = await signIn(server)

    const { headers } = await server.get(token.path, { origin: 'https://app.example.com' })

    expect(headers.get('access-control-allow-origin')).toBe('*')
  })

  it('is 404 for an id nobody gave', async () => {
    const server = await start()

    for (const id of ['sl_unknown', `sl_${'a'.repeat(22)}`, '%00', 'sl_%2f']) {
      expect(await server.get(`/status-lists/${id}`)).toMatchObject({
        status: 404,
        body: {
          error: 'invalid_request',
          error_description: 'There is no status list at this address, or no token of it is left.',
        },
      })
    }
  })

  it('is not sent again to whoever has it, until a bit changes', async () => {
    const server = await start()
    const token = await signIn(server)
    const etag = (await server.get(token.path)).headers.get('etag')!

    const same = await server.get(token.path, { 'if-none-match': etag })
    await server.post('/revoke', { ...CLIENT, token: token.refresh_token })
    const changed = await server.get(token.path, { 'if-none-match': etag })

    expect(same).toMatchObject({ status: 304, body: undefined })
    expect(changed.status).toBe(200)
    expect(changed.headers.get('etag')).not.toBe(etag)
  })
})

describe('the bit of an authorization', () => {
  it('is set when it is revoked, and no other is', async () => {
    const server = await start()
    const [ended, standing] = [await signIn(server), await signIn(server)]

    await server.post('/revoke', { ...CLIENT, token: ended.access_token })

    expect(await isEnded(server, ended)).toBe(true)
    expect(await isEnded(server, standing)).toBe(false)
  })

  it('is set when a refresh token is used twice', async () => {
    const server = await start()
    const token = await signIn(server)
    const refresh = () =>
      server.post('/token', { ...CLIENT, grant_type: 'refresh_token', refresh_token: token.refresh_token })

    await refresh()
    await refresh()

    expect(await isEnded(server, token)).toBe(true)
  })

  it('is set for everything a user opened when they are signed out', async () => {
    const server = await start()
    const tokens = [await signIn(server), await signIn(server)]

    const { sub } = decodeJwt(tokens[0]!.access_token)
    const revoked = await revokeAuthorizationsOf(
      server.db,
      { by: 'subject', value: sub! },
      { now: server.now() },
    )

    expect(revoked).toBe(2)
    expect(await Promise.all(tokens.map((token) => isEnded(server, token)))).toEqual([true, true])
  })

  it('is the same one for the tokens that descend from a sign-in', async () => {
    const server = await start()
    const token = await signIn(server)

    const { body } = await server.post('/token', {
      ...CLIENT,
      grant_type: 'refresh_token',
      refresh_token: token.refresh_token,
    })

    expect(decodeJwt((body as { access_token: string }).access_token).status).toEqual({
      status_list: { idx: token.idx, uri: token.uri },
    })
  })

  it('has an index of its own, somewhere in the list', async () => {
    const server = await start()

    const tokens = await Promise.all(Array.from({ length: 20 }, () => signIn(server)))

    expect(new Set(tokens.map(({ idx }) => idx)).size).toBe(20)
    expect(new Set(tokens.map(({ uri }) => uri)).size).toBe(1)
    expect(Math.max(...tokens.map(({ idx }) => idx))).toBeGreaterThan(STATUS_LIST_SIZE / 8)
  })
})

describe('the life of a status list', () => {
  it('is the same bytes from every replica', async () => {
    const server = await start()
    const token = await signIn(server)
    await server.post('/revoke', { ...CLIENT, token: token.refresh_token })
    const replica = createStatusListSigner({ ...server, statusListTtl: 5, statusListLifetime: 86_400 })

    const here = await server.get(token.path)
    const there = await replica.sign(token.path.split('/').at(-1)!)

    expect(there).toEqual({ etag: JSON.parse(here.headers.get('etag')!), jwt: here.body })
  })

  it('goes on at half its lifetime, with the same bits and a later iat', async () => {
    const server = await start()
    const token = await signIn(server)
    await server.post('/revoke', { ...CLIENT, token: token.refresh_token })
    const first = claimsOf((await server.get(token.path)).body)

    server.clock.advance(43_199)
    const same = claimsOf((await server.get(token.path)).body)
    server.clock.advance(1)
    const renewed = claimsOf((await server.get(token.path)).body)

    expect(same).toEqual(first)
    expect(renewed).toEqual({ ...first, iat: first.iat + 43_200, exp: first.exp + 43_200 })
  })

  it('does not go back in time for a clock that is less than a minute behind', async () => {
    const server = await start()
    const [one, other] = [await signIn(server), await signIn(server)]
    await server.post('/revoke', { ...CLIENT, token: one.refresh_token })
    const { iat } = claimsOf((await server.get(one.path)).body)

    server.clock.advance(-59)
    await server.post('/revoke', { ...CLIENT, token: other.refresh_token })

    expect(claimsOf((await server.get(one.path)).body).iat).toBe(iat)
    expect(await isEnded(server, other)).toBe(true)
  })

  it.each([10 * 365 * 86_400, 3600, 61])('is dated anew after a clock was ahead by %s s', async (ahead) => {
    const server = await start()
    const [one, other] = [await signIn(server), await signIn(server)]
    server.clock.advance(ahead)
    await revokeAuthorization(server.db, authorizationIdOf(decodeJwt(one.access_token).jti!), server.now())
    const early = await server.get(one.path)
    server.clock.advance(-ahead)

    const late = await server.get(one.path)
    await server.post('/revoke', { ...CLIENT, token: other.refresh_token })

    expect(claimsOf(late.body)).toMatchObject({ iat: server.now() - 60, exp: server.now() + 86_400 })
    expect(late.headers.get('etag')).not.toBe(early.headers.get('etag'))
    expect([await isEnded(server, one), await isEnded(server, other)]).toEqual([true, true])
    expect(claimsOf((await server.get(one.path)).body).iat).toBe(server.now() - 60)
  })

  it('is fresh again after a clock was behind by a year', async () => {
    const server = await start()
    const token = await signIn(server)
    server.clock.advance(-365 * 86_400)
    await server.post('/revoke', { ...CLIENT, token: token.refresh_token })
    await server.get(token.path)
    server.clock.advance(365 * 86_400)

    const { iat, exp } = claimsOf((await server.get(token.path)).body)

    expect([iat, exp]).toEqual([server.now() - 60, server.now() + 86_400])
    expect(await isEnded(server, token)).toBe(true)
  })

  it('of a replica whose clock is a minute ahead is taken at once, and the same bytes from all', async () => {
    const server = await start()
    const token = await signIn(server)
    const ahead = { ...server, now: () => server.now() + 60, statusListTtl: 5, statusListLifetime: 86_400 }
    const replica = createStatusListSigner(ahead)
    await revokeAuthorization(server.db, authorizationIdOf(decodeJwt(token.access_token).jti!), ahead.now())

    const there = await replica.sign(token.path.split('/').at(-1)!)
    const here = await server.get(token.path)

    expect(here.body).toBe(there!.jwt)
    expect(claimsOf(here.body).iat).toBe(server.now())
  })

  it('takes no more at three quarters: the next authorization is in a new list', async () => {
    const server = await start()
    const before = await signIn(server)
    await server.db.updateTable('status_lists').set({ entries: STATUS_LIST_CAPACITY }).execute()

    const after = await Promise.all(Array.from({ length: 4 }, () => signIn(server)))

    expect(new Set(after.map(({ uri }) => uri)).size).toBe(1)
    expect(after[0]!.uri).not.toBe(before.uri)
    expect((await server.get(before.path)).status).toBe(200)
  })

  it('ends when it is closed and no authorization is left in it', async () => {
    const server = await start()
    const token = await signIn(server)
    await server.db.updateTable('status_lists').set({ entries: STATUS_LIST_CAPACITY }).execute()
    await signIn(server)

    const tooEarly = await dropEmptyStatusLists(server.db)
    const id = token.path.split('/').at(-1)!
    await server.db.deleteFrom('authorizations').where('status_list', '=', id).execute()
    const dropped = await dropEmptyStatusLists(server.db)

    expect([tooEarly, dropped]).toEqual([0, 1])
    expect((await server.get(token.path)).status).toBe(404)
  })
})
