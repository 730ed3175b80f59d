import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { saveClient } from '../../src/domain/clients/client-store.ts'
import { saveResource } from '../../src/domain/resources/resource-store.ts'
import { aResource } from '../support/records.ts'
import { aClient, addOrdinaryRows, addUser } from '../support/rows.ts'
import { AUDIENCE, startTestServer } from '../support/test-server.ts'

const SIGN_IN = { grant_type: 'password', client_id: 'app', username: 'alice', password: 'secret' }

describe('the password grant [RFC 6749 §4.3]', () => {
  it('answers with an access token of everything the client is registered for', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)

    const answer = await server.post('/token', SIGN_IN)

    expect(answer).toMatchObject({
      status: 200,
      body: { access_token: expect.any(String), token_type: 'Bearer', expires_in: 1800, scope: 'profile' },
    })
    expect(Object.keys(answer.body as object)).toHaveLength(4)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(answer.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
  })

  it('signs a JWT of type at+jwt with the claims of RFC 9068 §2.2, verifiable with the published key', async () => {
    const server = await startTestServer()
    const alice = await addOrdinaryRows(server)

    const { body } = await server.post('/token', SIGN_IN)

    const token = (body as { access_token: string }).access_token
    const published = (await server.get('/.well-known/jwks.json')).body as { keys: { kid: string }[] }
    const [jwk] = published.keys
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: jwk?.kid })
    await jwtVerify(token, await importJWK(jwk!, 'RS256'), { currentDate: new Date(server.now() * 1000) })
    expect(decodeJwt(token)).toEqual({
      iss: server.issuer,
      sub: alice.id,
      aud: AUDIENCE,
      client_id: 'app',
      iat: server.now(),
      exp: server.now() + 1800,
      jti: expect.stringMatching(/^az_[\w-]{22}_[\w-]{22}$/),
      scope: 'profile',
      auth_time: server.now(),
      status: {
        status_list: {
          idx: expect.any(Number),
          uri: expect.stringMatching(new RegExp(`^${server.issuer}/status-lists/sl_[\\w-]{22}$`)),
        },
      },
      name: 'Alice Wonderland',
      preferred_username: 'alice',
    })
  })

  it('says nothing of the user without scope profile', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server, aClient({ scope: ['profile', 'email'] }))

    const { body } = await server.post('/token', { ...SIGN_IN, scope: 'email' })

    const claims = decodeJwt((body as { access_token: string }).access_token)
    expect(claims.scope).toBe('email')
    expect(claims).not.toHaveProperty('name')
    expect(claims).not.toHaveProperty('preferred_username')
  })

  it('omits an empty scope from answer and token [RFC 6749 §5.1]', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server, aClient({ scope: [] }))

    const { body } = await server.post('/token', SIGN_IN)

    expect(body).not.toHaveProperty('scope')
    expect(decodeJwt((body as { access_token: string }).access_token)).not.toHaveProperty('scope')
  })

  it('gives one answer, in the same words, to a wrong password, an unknown name and a disabled user', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    await addUser(server, { username: 'bob', disabled: true })

    const answers = await Promise.all([
      server.post('/token', { ...SIGN_IN, password: 'wrong' }),
      server.post('/token', { ...SIGN_IN, username: 'nobody' }),
      server.post('/token', { ...SIGN_IN, username: 'bob' }),
      server.post('/token', { ...SIGN_IN, username: 'Alice' }),
    ])

    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant', error_description: 'The user name or password is wrong.' },
      })
      expect(answer.headers.get('cache-control')).toBe('no-store')
    }
  })

  it('does not take a password for one that begins alike past the 72 bytes bcrypt reads', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    const longest = 'x'.repeat(72)
    await addUser(server, { username: 'bob', passwordHash: await server.passwordHasher.hash(longest) })

    const exact = await server.post('/token', { ...SIGN_IN, username: 'bob', password: longest })
    const longer = await server.post('/token', { ...SIGN_IN, username: 'bob', password: `${longest}y` })

    expect(exact.status).toBe(200)
    expect(longer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  it('refuses a client that is not named for it with unauthorized_client [RFC 6749 §5.2]', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server, aClient({ grantTypes: [] }))

    const answer = await server.post('/token', SIGN_IN)

    expect(answer).toMatchObject({
      status: 400,
      body: {
        error: 'unauthorized_client',
        error_description: 'This client may not use the password grant.',
      },
    })
  })

  it('refuses an unknown grant type with unsupported_grant_type', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server)

    const answer = await server.post('/token', { ...SIGN_IN, grant_type: 'magic' })

    expect(answer).toMatchObject({
      status: 400,
      body: {
        error: 'unsupported_grant_type',
        error_description: 'This server does not offer that grant type.',
      },
    })
  })

  it.each([
    [
      'a value the client is not registered for',
      'email',
      'The scope value email is not one this client may have for this resource.',
    ],
    [
      'a value nobody knows',
      'profile admin',
      'The scope value admin is not one this client may have for this resource.',
    ],
    [
      'two spaces',
      'profile  profile',
      'The scope is malformed: write scope values with one space between them.',
    ],
    ['a quote', '"profile"', 'The scope is malformed: write scope values with one space between them.'],
  ])('refuses %s in scope with invalid_scope [RFC 6749 §3.3]', async (_what, scope, description) => {
    const server = await startTestServer()
    await addOrdinaryRows(server)

    const answer = await server.post('/token', { ...SIGN_IN, scope })

    expect(answer).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope', error_description: description },
    })
  })
})

describe('the resource of a token [RFC 8707 §2]', () => {
  const OTHER = 'https://other.example.com'

  it('is the one the client names, and may be several', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server, aClient({ scope: ['stock'], audiences: [AUDIENCE, OTHER] }))
    await saveResource(server.db, aResource({ scope: ['stock'] }), { demo: 0 })
    await saveResource(
      server.db,
      {
        audience: OTHER,
        scope: ['orders'],
        introspectors: [],
        tokenType: 'at+jwt' as const,
        descriptions: {},
      },
      { demo: 0 },
    )

    const one = await server.post('/token', { ...SIGN_IN, resource: OTHER })
    const both = await server.post('/token', [
      ...Object.entries(SIGN_IN),
      ['resource', AUDIENCE],
      ['resource', OTHER],
    ])

    expect(decodeJwt((one.body as { access_token: string }).access_token)).toMatchObject({ aud: OTHER })
    expect(one.body).not.toHaveProperty('scope')
    expect(decodeJwt((both.body as { access_token: string }).access_token)).toMatchObject({
      aud: [AUDIENCE, OTHER],
    })
    // What one of the two does not know is in no token for both.
    expect(both.body).not.toHaveProperty('scope')
  })

  it('is the default audience for a client with several', async () => {
    const server = await startTestServer({ defaultAudience: AUDIENCE })
    await addOrdinaryRows(server, aClient({ audiences: [OTHER, AUDIENCE] }))

    const { body } = await server.post('/token', SIGN_IN)

    expect(decodeJwt((body as { access_token: string }).access_token)).toMatchObject({ aud: AUDIENCE })
  })

  it('must be named when there is no default', async () => {
    const server = await startTestServer()
    await addOrdinaryRows(server, aClient({ audiences: [OTHER, AUDIENCE] }))

    const answer = await server.post('/token', SIGN_IN)

    expect(answer).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_target',
        error_description: 'Name the resource this token is for, in the parameter resource.',
      },
    })
  })

  it.each([
    [OTHER, `The resource ${OTHER} is not one this client may have tokens for.`],
    [
      'https://unknown.example.com',
      'The resource https://unknown.example.com is not one this client may have tokens for.',
    ],
    ['not a URI', 'The resource named is not one this client may have tokens for.'],
  ])('is refused with invalid_target when it is %s', async (resource, description) => {
    const server = await startTestServer()
    await addOrdinaryRows(server)
    await saveResource(
      server.db,
      {
        audience: OTHER,
        scope: ['orders'],
        introspectors: [],
        tokenType: 'at+jwt' as const,
        descriptions: {},
      },
      { demo: 0 },
    )
    await saveClient(server.db, aClient({ id: 'other', audiences: [OTHER] }), { now: server.now(), demo: 0 })

    const answer = await server.post('/token', { ...SIGN_IN, resource })

    expect(answer).toMatchObject({
      status: 400,
      body: { error: 'invalid_target', error_description: description },
    })
  })
})
