import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import { beforeAll, describe, expect, it } from 'vitest'
import { aClient, addOrdinaryRows, CLIENT_SECRET } from '../support/rows.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

type Algorithm = 'RS256' | 'PS256' | 'ES256'

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const GRANT = { grant_type: 'client_credentials', client_assertion_type: TYPE }

const pairs = {} as Record<Algorithm | 'foreign', { privateKey: CryptoKey; publicJwk: JWK }>

beforeAll(async () => {
  for (const [name, alg] of [
    ['RS256', 'RS256'],
    ['PS256', 'PS256'],
    ['ES256', 'ES256'],
    ['foreign', 'ES256'],
  ] as const) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    pairs[name] = { privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid: name, alg } }
  }
})

async function start(): Promise<TestServer> {
  const server = await startTestServer()
  const keys = [pairs.RS256.publicJwk, pairs.PS256.publicJwk, pairs.ES256.publicJwk]
  await addOrdinaryRows(
    server,
    aClient({ authentication: { kind: 'keys', jwks: { keys } }, grantTypes: ['client_credentials'] }),
  )
  return server
}

/** An assertion that is good in every way, but for the differences asked for; `undefined` takes a claim away. */
function assertion(
  server: TestServer,
  differences: JWTPayload = {},
  signer: Algorithm | 'foreign' = 'ES256',
) {
  const claims: JWTPayload = {
    iss: 'app',
    sub: 'app',
    aud: server.issuer,
    iat: server.now(),
    exp: server.now() + 60,
    jti: crypto.randomUUID(),
    ...differences,
  }
  const alg = signer === 'foreign' ? 'ES256' : signer
  return new SignJWT(claims).setProtectedHeader({ alg, kid: signer }).sign(pairs[signer].privateKey)
}

async function present(server: TestServer, client_assertion: string, more: Record<string, string> = {}) {
  return server.post('/token', { ...GRANT, client_assertion, ...more })
}

describe('a client assertion [RFC 7523 §3]', () => {
  it('may live for an hour, as common libraries sign it, and is taken once', async () => {
    const server = await start()
    const hour = await assertion(server, { exp: server.now() + 3600 })

    const first = await present(server, hour)
    server.clock.advance(3_599)
    const again = await present(server, hour)

    expect(first.status).toBe(200)
    expect(again).toMatchObject({
      status: 401,
      body: { error: 'invalid_client', error_description: 'The client assertion was used before.' },
    })
  })

  it('without a kid is tried against each key of its kind', async () => {
    const server = await startTestServer()
    const keys = (['foreign', 'ES256'] as const).map(
      (name) => ({ ...pairs[name].publicJwk, kid: undefined }) as unknown as JWK,
    )
    await addOrdinaryRows(
      server,
      aClient({ authentication: { kind: 'keys', jwks: { keys } }, grantTypes: ['client_credentials'] }),
    )
    const sign = (claims: JWTPayload, key: CryptoKey) =>
      new SignJWT({ iss: 'app', sub: 'app', aud: server.issuer, exp: server.now() + 60, ...claims })
        .setProtectedHeader({ alg: 'ES256' })
        .sign(key)
    const stranger = await generateKeyPair('ES256')

    const second = await present(server, await sign({ jti: 'one' }, pairs.ES256.privateKey))
    const first = await present(server, await sign({ jti: 'two' }, pairs.foreign.privateKey))
    const refused = await present(server, await sign({ jti: 'three' }, stranger.privateKey))

    expect([first.status, second.status, refused.status]).toEqual([200, 200, 401])
    expect(refused.headers.get('www-authenticate')).toBe('Basic realm="countersign"')
  })

  it.each(['RS256', 'PS256', 'ES256'] as const)(
    'proves its client when it is signed with %s',
    async (alg) => {
      const server = await start()

      const answer = await present(server, await assertion(server, {}, alg))

      expect(answer.status).toBe(200)
    },
  )

  it('may have the client_id beside it, and no other', async () => {
    const server = await start()

    const same = await present(server, await assertion(server), { client_id: 'app' })
    const other = await present(server, await assertion(server), { client_id: 'other' })

    expect(same.status).toBe(200)
    expect(other).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_request',
        error_description: 'The client_id of the body is not the subject of the client assertion.',
      },
    })
  })

  it('is taken once, however many present it at the same moment', async () => {
    const server = await start()
    const one = await assertion(server)

    const answers = await Promise.all(Array.from({ length: 8 }, () => present(server, one)))

    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    expect(answers.find((answer) => answer.status === 401)).toMatchObject({
      body: { error: 'invalid_client', error_description: 'The client assertion was used before.' },
    })
  })

  it('is for the issuer alone; at /token its URL alone will do, an array of two never [RFC 7523bis §3]', async () => {
    const server = await start()
    const endpoint = `${server.issuer}/token`

    const url = await present(server, await assertion(server, { aud: endpoint }))
    const list = await present(server, await assertion(server, { aud: [server.issuer] }))
    const both = await present(server, await assertion(server, { aud: [server.issuer, endpoint] }))
    const elsewhere = await server.post('/revoke', {
      client_assertion_type: TYPE,
      client_assertion: await assertion(server, { aud: endpoint }),
      token: 'x',
    })

    expect([url.status, list.status]).toEqual([200, 200])
    for (const answer of [both, elsewhere]) {
      expect(answer).toMatchObject({
        status: 401,
        body: {
          error: 'invalid_client',
          error_description: `The client assertion must have ${server.issuer} alone as aud.`,
        },
      })
    }
  })

  it.each([
    ['another issuer', () => ({ iss: 'other' }), 'must have the client id as iss and sub'],
    ['no audience', () => ({ aud: undefined }), 'alone as aud'],
    ['no expiry', () => ({ exp: undefined }), 'must have an exp at most an hour away'],
    ['a long life', (now: number) => ({ exp: now + 3606 }), 'must have an exp at most an hour away'],
    ['no jti', () => ({ jti: undefined }), 'must have a jti of 1 to 255 characters'],
    [
      'a birth in the future',
      (now: number) => ({ iat: now + 6 }),
      'is issued in the future: set the clock of the client',
    ],
    ['an expiry in the past', (now: number) => ({ exp: now - 6 }), 'has expired, or is not valid yet'],
  ])('with %s is refused with invalid_client', async (_what, differences, because) => {
    const server = await start()

    const answer = await present(server, await assertion(server, differences(server.now()) as JWTPayload))

    expect(answer).toMatchObject({
      status: 401,
      body: { error: 'invalid_client', error_description: expect.stringContaining(because) },
    })
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="countersign"')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('of another key, of another client, or no JWT at all proves nothing', async () => {
    const server = await start()

    const foreign = await present(server, await assertion(server, {}, 'foreign'))
    const unknown = await present(server, await assertion(server, { iss: 'ghost', sub: 'ghost' }))
    const nonsense = await present(server, 'nonsense')

    expect([foreign, unknown, nonsense]).toMatchObject([
      { status: 401, body: { error: 'invalid_client' } },
      { status: 401, body: { error: 'invalid_client' } },
      {
        status: 401,
        body: {
          error: 'invalid_client',
          error_description: 'The client assertion is not a JWT with a subject.',
        },
      },
    ])
  })

  it('tells a stranger no more of a client than that it is not proven', async () => {
    const server = await start()
    const unproven = 'The client is unknown, or did not authenticate as it is registered to.'

    const foreign = await present(server, await assertion(server, {}, 'foreign'))
    const unknown = await present(server, await assertion(server, { iss: 'ghost', sub: 'ghost' }))

    expect([foreign.body, unknown.body]).toEqual([
      { error: 'invalid_client', error_description: unproven },
      { error: 'invalid_client', error_description: unproven },
    ])
  })

  it.each([[123], [null], [true], [['app']], ['']])(
    'whose subject is %j is refused as none [RFC 7519 §4.1.2]',
    async (sub) => {
      const server = await start()

      const answer = await present(server, await assertion(server, { sub } as unknown as JWTPayload))

      expect(answer).toMatchObject({
        status: 401,
        body: {
          error: 'invalid_client',
          error_description: 'The client assertion is not a JWT with a subject.',
        },
      })
    },
  )

  it('may have an exp with a fraction [RFC 7519 §2]', async () => {
    const server = await start()

    const answer = await present(server, await assertion(server, { exp: server.now() + 60.5 }))

    expect(answer.status).toBe(200)
  })

  it('needs its type, which is the one of RFC 7523 §2.2', async () => {
    const server = await start()
    const client_assertion = await assertion(server)

    const missing = await server.post('/token', { grant_type: 'client_credentials', client_assertion })
    const other = await present(server, client_assertion, { client_assertion_type: 'saml2-bearer' })

    expect(missing).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    expect(other).toMatchObject({
      status: 401,
      body: {
        error: 'invalid_client',
        error_description: `This server takes client assertions of the type ${TYPE} alone.`,
      },
    })
  })

  it('beside a secret is one method too many [RFC 6749 §2.3]', async () => {
    const server = await start()

    const answer = await present(server, await assertion(server), {
      client_id: 'app',
      client_secret: CLIENT_SECRET,
    })

    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
  })

  it('is what a client registered by keys must show: an id or a secret will not do', async () => {
    const server = await start()

    const id = await server.post('/token', { grant_type: 'client_credentials', client_id: 'app' })
    const secret = await server.post('/token', {
      grant_type: 'client_credentials',
      client_id: 'app',
      client_secret: CLIENT_SECRET,
    })

    expect([id.status, secret.status]).toEqual([401, 401])
  })

  it('is made by a client we did not write', async () => {
    const server = await start()
    const as = { issuer: server.issuer, token_endpoint: `${server.issuer}/token` }
    const client = { client_id: 'app' }
    const key = { key: pairs.ES256.privateKey, kid: 'ES256' }

    const answer = await oauth.clientCredentialsGrantRequest(
      as,
      client,
      oauth.PrivateKeyJwt(key),
      new URLSearchParams(),
      { [oauth.allowInsecureRequests]: true },
    )
    const tokens = await oauth.processClientCredentialsResponse(as, client, answer)

    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'profile' })
  })
})
