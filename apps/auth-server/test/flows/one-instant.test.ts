import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { aConfidentialClient, addOrdinaryRows, CLIENT_SECRET } from '../support/rows.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const LIFETIME = 1800
const CLIENT = { client_id: 'app', client_secret: CLIENT_SECRET }

/** A server whose clock moves on by a second with every look at it. */
async function start(): Promise<TestServer> {
  let instant = Math.floor(Date.now() / 1000)
  const server = await startTestServer({ now: () => instant++, accessTokenLifetime: LIFETIME })
  const grantTypes = ['password', 'refresh_token', 'client_credentials'] as const
  await addOrdinaryRows(server, aConfidentialClient({ grantTypes }))
  return server
}

async function ask(server: TestServer, form: Record<string, string>) {
  const { status, body } = await server.post('/token', { ...CLIENT, ...form })
  expect(status).toBe(200)
  const tokens = body as { readonly access_token: string; readonly refresh_token?: string }
  const { sub, iat, exp, auth_time } = decodeJwt(tokens.access_token)
  const row = await server.db
    .selectFrom('authorizations')
    .select(['created_at', 'tokens_expire_at'])
    .where('subject', '=', sub!)
    .executeTakeFirstOrThrow()
  return { ...tokens, iat: iat!, exp: exp!, auth_time, row }
}

describe('a request that takes time', () => {
  it('remembers of a sign-in and of a refresh exactly what their tokens say', async () => {
    const server = await start()

    const first = await ask(server, { grant_type: 'password', username: 'alice', password: 'secret' })
    const next = await ask(server, { grant_type: 'refresh_token', refresh_token: first.refresh_token! })

    expect(first).toMatchObject({
      iat: first.row.created_at,
      auth_time: first.row.created_at,
      exp: first.row.tokens_expire_at,
    })
    expect(next.iat).toBeGreaterThan(first.iat)
    expect(next).toMatchObject({ auth_time: first.auth_time, exp: next.iat + LIFETIME })
    expect(next.row.tokens_expire_at).toBe(next.exp)
  })

  it('keeps the authorization of a client at least as long as its token', async () => {
    const server = await start()

    const opened = await ask(server, { grant_type: 'client_credentials' })
    const found = await ask(server, { grant_type: 'client_credentials' })

    expect(opened.iat).toBe(opened.row.created_at)
    for (const { iat, exp, row } of [opened, found]) {
      expect(exp).toBe(iat + LIFETIME)
      expect(row.tokens_expire_at).toBeGreaterThanOrEqual(exp)
    }
  })
})
