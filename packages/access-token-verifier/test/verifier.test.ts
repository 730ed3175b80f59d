import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AccessTokenVerifier, createAccessTokenVerifier } from '../src/index.ts'
import { codeOf, errorOf } from './support/cached-key-set.ts'
import { aKey } from './support/signing-key.ts'
import { METADATA, openIssuer, publish, startIssuer, status, type TestIssuer } from './support/test-issuer.ts'
import { aToken, NOW, ordinaryClaims, type TokenChanges } from './support/token.ts'

const audience = 'https://api.example.com'
const key = aKey('one')

let issuer: TestIssuer
let verifier: AccessTokenVerifier
let now = NOW

beforeAll(async () => {
  issuer = await startIssuer()
  publish(issuer, [key])
  verifier = createAccessTokenVerifier({ issuer: issuer.url, audience, now: () => now })
})
afterAll(async () => {
  verifier.close()
  await issuer.close()
})

const verify = (changes: TokenChanges = {}) => verifier.verify(aToken(issuer.url, key, changes))

describe('a verified access token', () => {
  it('says whom it speaks for, what it may do and until when [RFC 9068 §2.2]', async () => {
    expect(await verify()).toEqual({
      subject: 'usr_alice',
      clientId: 'demo',
      roles: [],
      groups: [],
      scope: ['profile', 'email'],
      audience: [audience],
      expiresAt: NOW + 1800,
      claims: ordinaryClaims(issuer.url),
    })
  })

  it('may leave out what only some issuers write', async () => {
    const claims = { client_id: undefined, scope: undefined, jti: undefined, iat: undefined, roles: ['a'] }

    expect(await verify({ claims })).toEqual({
      subject: 'usr_alice',
      scope: [],
      roles: ['a'],
      groups: [],
      audience: [audience],
      expiresAt: NOW + 1800,
      claims: { iss: issuer.url, aud: audience, sub: 'usr_alice', exp: NOW + 1800, roles: ['a'] },
    })
  })

  it.each([
    ['several audiences [RFC 7519 §4.1.3]', { claims: { aud: ['https://other.example', audience] } }],
    ['the long name of its type [RFC 9068 §4]', { header: { typ: 'application/at+jwt' } }],
    ['its type in another case [RFC 7515 §4.1.9]', { header: { typ: 'AT+JWT' } }],
    ['no kid, when there is one key', { header: { kid: undefined } }],
    ['an expiry within the tolerance [RFC 7519 §4.1.4]', { claims: { exp: NOW - 4 } }],
    ['a start within the tolerance [RFC 7519 §4.1.5]', { claims: { nbf: NOW + 5, iat: NOW + 5 } }],
    ['an expiry with a fraction [RFC 7519 §2]', { claims: { exp: NOW + 0.5 } }],
    ['header parameters nobody reads', { header: { x5t: 'abc', hello: 1 } }],
  ])('may have %s', async (_, changes) => {
    expect(await codeOf(verify(changes))).toBe('none')
  })

  it('has every scope value that is required, in a list or a text', async () => {
    const token = aToken(issuer.url, key)

    expect(await codeOf(verifier.verify(token, { scope: 'profile' }))).toBe('none')
    expect(await codeOf(verifier.verify(token, { scope: 'email profile' }))).toBe('none')
    expect(await codeOf(verifier.verify(token, { scope: ['email', 'profile'] }))).toBe('none')
    expect(await codeOf(verifier.verify(token, { scope: [] }))).toBe('none')
  })

  it('expires while it is used', async () => {
    const token = aToken(issuer.url, key)
    now = NOW + 1804
    expect(await codeOf(verifier.verify(token))).toBe('none')

    now = NOW + 1805
    expect(await codeOf(verifier.verify(token))).toBe('expired')
    now = NOW
  })
})

describe('an access token', () => {
  it.each<[string, TokenChanges, object]>([
    [
      'another type [RFC 9068 §4]',
      { header: { typ: 'JWT' } },
      {
        code: 'wrong_type',
        message:
          'This token is not an access token (type at+jwt): send the access_token of the token response.',
        expected: 'at+jwt',
        actual: 'JWT',
      },
    ],
    [
      'no type',
      { header: { typ: undefined } },
      { code: 'wrong_type', expected: 'at+jwt', actual: undefined },
    ],
    [
      'an unknown kid',
      { header: { kid: 'two' } },
      {
        code: 'unknown_key',
        message: 'This access token is signed with a key its issuer does not publish: get a new one.',
        actual: 'two',
      },
    ],
    [
      'another audience [RFC 9068 §4]',
      { claims: { aud: 'https://other.example' } },
      {
        code: 'wrong_audience',
        message: `This access token is not for ${audience}: ask for one that is.`,
        expected: audience,
        actual: 'https://other.example',
      },
    ],
    [
      'other audiences only',
      { claims: { aud: [`${audience}/`, 'b'] } },
      { code: 'wrong_audience', actual: `${audience}/ b` },
    ],
    ['no audience', { claims: { aud: undefined } }, { code: 'wrong_audience', actual: undefined }],
    ['an empty list of audiences', { claims: { aud: [] } }, { code: 'wrong_audience', actual: '' }],
    [
      'an expiry that has passed [RFC 7519 §4.1.4]',
      { claims: { exp: NOW - 5 } },
      {
        code: 'expired',
        message: 'This access token has expired: get a new one.',
        expected: `exp after ${NOW}`,
        actual: String(NOW - 5),
      },
    ],
    [
      'a start to come [RFC 7519 §4.1.5]',
      { claims: { nbf: NOW + 6 } },
      {
        code: 'not_yet_valid',
        message:
          'This access token is not valid yet: wait a moment, or compare the clocks of its issuer and this server.',
        expected: `nbf not after ${NOW}`,
        actual: String(NOW + 6),
      },
    ],
    [
      'an issue to come [RFC 7519 §4.1.6]',
      { claims: { iat: NOW + 6 } },
      { code: 'not_yet_valid', expected: `iat not after ${NOW}` },
    ],
    [
      'no expiry [RFC 9068 §2.2]',
      { claims: { exp: undefined } },
      {
        code: 'malformed',
        message:
          'This access token does not say when it expires (exp): send it exactly as the issuer gave it.',
      },
    ],
    ['no subject', { claims: { sub: undefined } }, { code: 'malformed' }],
    ['an empty subject', { claims: { sub: '' } }, { code: 'malformed' }],
    ['a subject that is a number', { claims: { sub: 5 } }, { code: 'malformed' }],
    ['an expiry that is text', { claims: { exp: String(NOW + 60) } }, { code: 'malformed' }],
    ['an issuer that is a list', { claims: { iss: ['a'] } }, { code: 'malformed' }],
    ['an audience that is an object', { claims: { aud: { 0: audience } } }, { code: 'malformed' }],
    ['an audience among numbers', { claims: { aud: [audience, 5] } }, { code: 'malformed' }],
    ['a scope that is a list', { claims: { scope: ['profile'] } }, { code: 'malformed' }],
    ['a scope with foreign characters', { claims: { scope: 'a"b' } }, { code: 'malformed' }],
    ['a start that is null', { claims: { nbf: null } }, { code: 'malformed' }],
  ])('is refused with %s', async (_, changes, refusal) => {
    expect(await errorOf(verify(changes))).toMatchObject(refusal)
  })

  it('is refused when another issuer wrote it, to the character [RFC 9068 §4]', async () => {
    for (const iss of [`${issuer.url}/`, issuer.url.toUpperCase(), 'https://other.example']) {
      expect(await errorOf(verify({ claims: { iss } }))).toMatchObject({
        code: 'wrong_issuer',
        message: `This access token is not from ${issuer.url}: get one there.`,
        expected: issuer.url,
        actual: iss,
      })
    }
    expect(await codeOf(verify({ claims: { iss: undefined } }))).toBe('wrong_issuer')
  })

  it('is refused for the first thing that is wrong, in the order of the checks', async () => {
    const wrong = { iss: 'https://other.example', aud: 'b', exp: NOW - 60, nbf: NOW + 60, sub: '' }
    const repairs = [{ iss: issuer.url }, { aud: audience }, { exp: NOW + 60 }, { nbf: NOW }, { sub: 'a' }]

    const codes: string[] = []
    let claims: Record<string, unknown> = wrong
    for (const repair of repairs) {
      codes.push(await codeOf(verifier.verify(aToken(issuer.url, key, { claims }), { scope: 'admin' })))
      claims = { ...claims, ...repair }
    }
    codes.push(await codeOf(verifier.verify(aToken(issuer.url, key, { claims }), { scope: 'admin' })))

    expect(codes).toEqual([
      'wrong_issuer',
      'wrong_audience',
      'expired',
      'not_yet_valid',
      'malformed',
      'insufficient_scope',
    ])
  })

  it('is refused without every required scope value [RFC 6750 §3.1]', async () => {
    const token = aToken(issuer.url, key)

    expect(await errorOf(verifier.verify(token, { scope: ['profile', 'admin'] }))).toMatchObject({
      code: 'insufficient_scope',
      message: 'This request needs the scope profile admin: ask for an access token that has it.',
      expected: 'profile admin',
      actual: 'profile email',
      requiredScope: ['profile', 'admin'],
    })
  })
})

describe('a verifier', () => {
  it('takes a required scope that is none for a mistake of its caller', async () => {
    const token = aToken(issuer.url, key)

    await expect(verifier.verify(token, { scope: 'a  b' })).rejects.toThrow(TypeError)
    await expect(verifier.verify(token, { scope: ['a b'] })).rejects.toThrow(TypeError)
  })

  it('is ready once it is prepared', async () => {
    const server = await openIssuer([key])
    const fresh = createAccessTokenVerifier({ issuer: server.url, audience })
    expect(fresh.ready()).toBe(false)

    await fresh.prepare()

    expect(fresh.ready()).toBe(true)
    fresh.close()
  })

  it('says why it cannot be prepared', async () => {
    const server = await openIssuer()
    server.answer(METADATA, status(500))
    const fresh = createAccessTokenVerifier({ issuer: server.url, audience })

    const error = await errorOf(fresh.prepare())

    expect(error).toMatchObject({ code: 'keys_unavailable', retryAfter: 1 })
    expect(String(error?.cause)).toBe(`Error: ${server.url + METADATA} answered with status 500.`)
    expect(fresh.ready()).toBe(false)
  })

  it('fetches through the edge it is given', async () => {
    const asked: string[] = []
    const answers: Record<string, unknown> = {
      'https://auth.example.com/.well-known/oauth-authorization-server': {
        issuer: 'https://auth.example.com',
        jwks_uri: 'https://auth.example.com/keys',
      },
      'https://auth.example.com/keys': { keys: [key.publicJwk] },
    }
    const verifying = createAccessTokenVerifier({
      issuer: 'https://auth.example.com',
      audience,
      now: () => NOW,
      fetch: async (address) => {
        asked.push(String(address))
        return Response.json(answers[String(address)])
      },
    })

    const token = await verifying.verify(aToken('https://auth.example.com', key))

    expect(token.subject).toBe('usr_alice')
    expect(asked).toEqual(Object.keys(answers))
    verifying.close()
  })

  it('accepts no key that was removed, within half a second at a max-age of one', async () => {
    const server = await openIssuer()
    publish(server, [key], 1)
    const fresh = createAccessTokenVerifier({ issuer: server.url, audience, now: () => NOW })
    await fresh.verify(aToken(server.url, key))

    publish(server, [aKey('two')], 1)

    await expect.poll(() => codeOf(fresh.verify(aToken(server.url, key)))).toBe('unknown_key')
    fresh.close()
  })
})
