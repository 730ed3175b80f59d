import { decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import type { AccessTokenType } from '../../src/domain/resources/resource.ts'
import { saveResource } from '../../src/domain/resources/resource-store.ts'
import { aClient, addOrdinaryRows } from '../support/rows.ts'
import { AUDIENCE, startTestServer, type TestServer } from '../support/test-server.ts'

const OTHER = 'https://other.example.com'
const SIGN_IN = { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret' }

async function startWith(tokenType: AccessTokenType): Promise<TestServer> {
  const server = await startTestServer()
  await addOrdinaryRows(
    server,
    aClient({ audiences: [AUDIENCE, OTHER], grantTypes: ['password', 'refresh_token'] }),
  )
  await saveResource(
    server.db,
    { audience: OTHER, scope: ['profile'], introspectors: [], tokenType, descriptions: {} },
    { demo: 0 },
  )
  return server
}

async function tokenFor(server: TestServer, ...resources: readonly string[]) {
  const { body } = await server.post('/token', [
    ...Object.entries(SIGN_IN),
    ...resources.map((resource) => ['resource', resource] as const),
  ])
  return body as { access_token: string; refresh_token: string }
}

describe('the type of an access token', () => {
  it('is what its resource takes: at+jwt, or JWT where that is registered [RFC 9068 §2.1]', async () => {
    const server = await startWith('JWT')

    const ordinary = await tokenFor(server, AUDIENCE)
    const plain = await tokenFor(server, OTHER)
    const refreshed = await server.post('/token', {
      grant_type: 'refresh_token',
      client_id: 'app',
      refresh_token: plain.refresh_token,
    })

    expect(decodeProtectedHeader(ordinary.access_token).typ).toBe('at+jwt')
    expect(decodeProtectedHeader(plain.access_token).typ).toBe('JWT')
    expect(decodeProtectedHeader((refreshed.body as { access_token: string }).access_token).typ).toBe('JWT')
  })

  it('leaves a token revocable under either', async () => {
    const server = await startWith('JWT')
    const { access_token } = await tokenFor(server, OTHER)

    const answer = await server.post('/revoke', { client_id: 'app', token: access_token })

    expect(answer.status).toBe(200)
    expect(server.logs).toContainEqual(expect.objectContaining({ event: 'token_revoked' }))
  })

  it('must be one for all resources of a token: else invalid_target, and nothing is opened', async () => {
    const server = await startWith('JWT')

    const answer = await server.post('/token', [
      ...Object.entries(SIGN_IN),
      ['resource', AUDIENCE],
      ['resource', OTHER],
    ])

    expect(answer).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_target',
        error_description:
          'These resources take tokens of different types: ask for a token for each of them.',
      },
    })
    expect(await server.db.selectFrom('authorizations').selectAll().execute()).toEqual([])
  })
})
