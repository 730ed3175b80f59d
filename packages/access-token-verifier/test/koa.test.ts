import { describe, expect, it } from 'vitest'
import { refuse, requireAccessToken } from '../src/adapters/koa.ts'
import { AccessTokenError, createAccessTokenVerifier } from '../src/index.ts'
import { type KoaServer, openKoaServer, type Route } from './support/koa-server.ts'
import { aKey } from './support/signing-key.ts'
import { json, KEY_SET, METADATA, openIssuer, status } from './support/test-issuer.ts'
import { aToken, NOW, type TokenChanges } from './support/token.ts'

const audience = 'https://api.example.com'
const resourceMetadata = 'https://api.example.com/.well-known/oauth-protected-resource'
const key = aKey('one')
const issuer = 'https://auth.example.com'
const token = (changes: TokenChanges = {}) => aToken(issuer, key, changes)

/** A route behind a verifier whose issuer is up. */
async function openServer(route: Route): Promise<KoaServer> {
  const server = await openIssuer([key])
  server.answer(METADATA, json({ issuer, jwks_uri: issuer + KEY_SET }))
  return openKoaServer(
    createAccessTokenVerifier({ issuer, audience, issuerAddress: server.url, now: () => NOW }),
    route,
  )
}

const JSON_TYPE = 'application/json; charset=utf-8'

function refusal(code: number, error: string, description: string, scope = ''): object {
  return {
    status: code,
    headers: {
      'content-type': JSON_TYPE,
      'cache-control': 'no-store',
      'www-authenticate': `Bearer error="${error}", error_description="${description}"${scope}, resource_metadata="${resourceMetadata}"`,
    },
    body: { error, error_description: description },
  }
}

const showSubject: Route = (ctx) => {
  ctx.body = { subject: ctx.state.accessToken.subject }
}

describe('a route that requires an access token', () => {
  it('is reached with one, and knows what it says', async () => {
    const server = await openServer(showSubject)

    expect(await server.get(`Bearer ${token()}`)).toEqual({
      status: 200,
      headers: { 'content-type': JSON_TYPE },
      body: { subject: 'usr_alice' },
    })
    expect(server.codes).toEqual([undefined])
  })

  it.each([[[]], [['Basic YTpi']]])(
    'asks for one when there is none: %j [RFC 6750 §3.1]',
    async (headers) => {
      const server = await openServer(showSubject)

      expect(await server.get(...headers)).toEqual({
        status: 401,
        headers: {
          'content-type': JSON_TYPE,
          'cache-control': 'no-store',
          'www-authenticate': `Bearer resource_metadata="${resourceMetadata}"`,
        },
        body: {
          error_description:
            'This request needs an access token: send it as Authorization: Bearer, one space, the token.',
        },
      })
      expect(server.codes).toEqual(['missing'])
    },
  )

  it.each([
    ['two headers', ['Bearer a', 'Bearer b'], 'Send one Authorization header, not several.'],
    [
      'the same header twice',
      [`Bearer ${token()}`, `Bearer ${token()}`],
      'Send one Authorization header, not several.',
    ],
    ['no token', ['Bearer'], 'Write the Authorization header as: Bearer, one space, the access token.'],
    ['two tokens', ['Bearer a b'], 'Write the Authorization header as: Bearer, one space, the access token.'],
  ])('answers 400 to %s [RFC 6750 §3.1]', async (_, headers, description) => {
    const server = await openServer(showSubject)

    expect(await server.get(...headers)).toEqual(refusal(400, 'invalid_request', description))
    expect(server.codes).toEqual(['invalid_request'])
  })

  const asIssued = 'send it exactly as the issuer gave it.'
  it.each<[string, string, string]>([
    ['malformed', 'hello', `This access token does not have three parts: ${asIssued}`],
    [
      'too_large',
      'a'.repeat(8193),
      'This access token is longer than 8192 characters: ask for one with less in it.',
    ],
    [
      'bad_signature',
      aToken(issuer, aKey('one')),
      'The signature of this access token does not hold: get a new one.',
    ],
    [
      'unknown_key',
      token({ header: { kid: 'two' } }),
      'This access token is signed with a key its issuer does not publish: get a new one.',
    ],
    [
      'wrong_type',
      token({ header: { typ: 'JWT' } }),
      'This token is not an access token (type at+jwt): send the access_token of the token response.',
    ],
    [
      'wrong_algorithm',
      token({ header: { alg: 'HS256' } }),
      'This access token is not signed with RS256: get a new one.',
    ],
    [
      'wrong_issuer',
      token({ claims: { iss: 'a' } }),
      `This access token is not from ${issuer}: get one there.`,
    ],
    [
      'wrong_audience',
      token({ claims: { aud: 'a' } }),
      `This access token is not for ${audience}: ask for one that is.`,
    ],
    ['expired', token({ claims: { exp: NOW - 5 } }), 'This access token has expired: get a new one.'],
    [
      'not_yet_valid',
      token({ claims: { nbf: NOW + 6 } }),
      'This access token is not valid yet: wait a moment, or compare the clocks of its issuer and this server.',
    ],
  ])('answers 401 to a token that is %s and says so [RFC 6750 §3.1]', async (code, wrong, description) => {
    const server = await openServer(showSubject)

    expect(await server.get(`Bearer ${wrong}`)).toEqual(refusal(401, 'invalid_token', description))
    expect(server.codes).toEqual([code])
  })

  it('answers 403 without the scope and names it [RFC 6750 §3.1]', async () => {
    const server = await openServer(showSubject)

    expect(await server.get(`Bearer ${token({ claims: { scope: 'email' } })}`)).toEqual(
      refusal(
        403,
        'insufficient_scope',
        'This request needs the scope profile: ask for an access token that has it.',
        ', scope="profile"',
      ),
    )
    expect(server.codes).toEqual(['insufficient_scope'])
  })

  it('answers 503 when the keys cannot be had, and says when to come back', async () => {
    const away = await openIssuer()
    away.answer(METADATA, status(500))
    const server = await openKoaServer(createAccessTokenVerifier({ issuer: away.url, audience }), showSubject)

    expect(await server.get(`Bearer ${token()}`)).toEqual({
      status: 503,
      headers: { 'content-type': JSON_TYPE, 'cache-control': 'no-store', 'retry-after': '1' },
      body: {
        error: 'temporarily_unavailable',
        error_description: "The issuer's keys cannot be fetched right now: try again in a moment.",
      },
    })
    expect(server.codes).toEqual(['keys_unavailable'])
  })

  it('may refuse by its own rule, in the same words', async () => {
    const server = await openServer((ctx) => {
      const error = new AccessTokenError('insufficient_scope', 'Sign in.', { requiredScope: ['profile'] })
      refuse(ctx, error, { resourceMetadata })
    })

    expect(await server.get(`Bearer ${token()}`)).toEqual(
      refusal(403, 'insufficient_scope', 'Sign in.', ', scope="profile"'),
    )
    expect(server.codes).toEqual(['insufficient_scope'])
  })
})

describe('the middleware', () => {
  it.each([
    ['a bug', new Error('a bug')],
    ['a refusal', new AccessTokenError('expired', 'Another token has expired.')],
  ])('does not catch %s of what comes after it', async (_, error) => {
    const server = await openServer(() => {
      throw error
    })

    expect(await server.get(`Bearer ${token()}`)).toMatchObject({
      status: 500,
      body: 'Internal Server Error',
    })
    expect(server.thrown).toEqual([error])
    expect(server.codes).toEqual([])
  })

  it('throws on what is no refusal', async () => {
    const bug = new RangeError('a bug')
    const broken = {
      issuer,
      audience,
      verify: () => Promise.reject(bug),
      prepare: () => Promise.reject(bug),
      ready: () => false,
      close: () => {},
    }
    const server = await openKoaServer(broken, showSubject)

    expect(await server.get(`Bearer ${token()}`)).toMatchObject({
      status: 500,
      body: 'Internal Server Error',
    })
    expect(server.thrown).toEqual([bug])
  })

  it('points to no metadata when the audience is a plain name [RFC 9728 §3.1]', async () => {
    const verifier = createAccessTokenVerifier({ issuer, audience: 'orders' })
    const server = await openKoaServer(verifier, showSubject)

    expect(await server.get()).toMatchObject({ headers: { 'www-authenticate': 'Bearer' } })
  })

  it('takes a wrong scope or address for a mistake of its maker', () => {
    const verifier = createAccessTokenVerifier({ issuer, audience })

    expect(() => requireAccessToken(verifier, { scope: 'a  b' })).toThrow(TypeError)
    expect(() => requireAccessToken(verifier, { resourceMetadata: '/metadata' })).toThrow(TypeError)
  })
})
