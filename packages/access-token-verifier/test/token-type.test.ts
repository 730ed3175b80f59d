import { describe, expect, it, onTestFinished } from 'vitest'
import { createAccessTokenVerifier, explainAccessToken, type TokenType } from '../src/index.ts'
import { codeOf, errorOf } from './support/cached-key-set.ts'
import { aKey } from './support/signing-key.ts'
import { keySetOf, openIssuer } from './support/test-issuer.ts'
import { aToken, NOW, type TokenChanges } from './support/token.ts'

const audience = 'https://api.example.com'
const now = () => NOW
const key = aKey('one')

async function openVerifier(tokenType?: TokenType) {
  const issuer = await openIssuer([key])
  const options = { issuer: issuer.url, audience, now, ...(tokenType && { tokenType }) }
  const verifier = createAccessTokenVerifier(options)
  onTestFinished(() => verifier.close())
  return (changes: TokenChanges) => verifier.verify(aToken(issuer.url, key, changes))
}

const JWT = { typ: 'JWT' }

describe('a token of type JWT', () => {
  it.each([undefined, 'at+jwt'] as const)('is refused with the tokenType %s [RFC 9068 §4]', async (type) => {
    const verify = await openVerifier(type)

    expect(await errorOf(verify({ header: JWT }))).toMatchObject({
      code: 'wrong_type',
      message:
        'This token is not an access token (type at+jwt): send the access_token of the token response.',
      expected: 'at+jwt',
      actual: 'JWT',
    })
  })

  it.each(['JWT', 'jwt', 'application/jwt', 'at+jwt', 'application/at+jwt'])(
    'is taken as %s when the option says so, and so is an access token by its type',
    async (typ) => {
      const verify = await openVerifier('JWT')

      expect(await codeOf(verify({ header: { typ } }))).toBe('none')
    },
  )

  it.each([undefined, '', 'statuslist+jwt', 'logout+jwt', 'secevent+jwt', 'JWS', 'JWT+x', ' JWT'])(
    'is none when its type is %j',
    async (typ) => {
      const verify = await openVerifier('JWT')

      expect(await errorOf(verify({ header: { typ } }))).toMatchObject({
        code: 'wrong_type',
        message:
          'This token is not an access token (type JWT or at+jwt): send the access_token of the token response.',
        expected: 'JWT or at+jwt',
      })
    },
  )

  it.each([
    ['a nonce', { nonce: 'n-0S6' }, 'nonce'],
    ['a nonce that is null', { nonce: null }, 'nonce'],
    ['at_hash', { at_hash: 'x' }, 'at_hash'],
    ['c_hash', { c_hash: 'x' }, 'c_hash'],
    ['s_hash', { s_hash: 'x' }, 's_hash'],
    ['events, as a logout token', { events: {} }, 'events'],
    ['no client_id', { client_id: undefined }, 'no client_id'],
    ['an empty client_id', { client_id: '' }, 'no client_id'],
    ['azp in place of client_id', { client_id: undefined, azp: 'demo' }, 'no client_id'],
  ])('is no access token with %s [RFC 8725 §3.12]', async (_, claims, actual) => {
    const verify = await openVerifier('JWT')

    // Twice: a refusal is never remembered as something good.
    for (const attempt of [1, 2]) {
      expect([attempt, await errorOf(verify({ header: JWT, claims }))]).toMatchObject([
        attempt,
        {
          code: 'wrong_type',
          message:
            'This token is not an access token, by its claims: send the access_token of the token response.',
          expected: 'client_id, and no nonce, at_hash, c_hash, s_hash, events',
          actual,
        },
      ])
    }
  })

  it('may have azp beside its client_id', async () => {
    const verify = await openVerifier('JWT')

    expect(await codeOf(verify({ header: JWT, claims: { azp: 'demo' } }))).toBe('none')
  })
})

describe('an explanation where tokens are typed JWT', () => {
  const explain = (changes: TokenChanges) =>
    explainAccessToken(aToken('https://a.example', key, changes), {
      issuer: 'https://a.example',
      audience,
      now,
      tokenType: 'JWT',
      keySet: keySetOf([key]),
    })

  it('shows what stands in for the type', async () => {
    const { kind, steps } = await explain({ header: JWT })

    expect(kind).toBe('accepted')
    expect(steps.filter(({ check }) => ['typ', 'kind'].includes(check))).toEqual([
      { check: 'typ', expected: 'JWT or at+jwt', found: 'JWT', ok: true },
      {
        check: 'kind',
        expected: 'client_id, and no nonce, at_hash, c_hash, s_hash, events',
        found: 'an access token, by its claims',
        ok: true,
      },
    ])
  })

  it('says that the type is enough where it is', async () => {
    const { steps } = await explain({ claims: { nonce: 'n' } })

    expect(steps.find(({ check }) => check === 'kind')).toEqual({
      check: 'kind',
      expected: 'said by its type',
      found: 'said by its type',
      ok: true,
    })
  })

  it('ends at an ID token', async () => {
    const explanation = await explain({ header: JWT, claims: { nonce: 'n' } })

    expect(explanation).toMatchObject({ kind: 'refused', error: { code: 'wrong_type' } })
    expect(explanation.steps.at(-1)).toMatchObject({ check: 'kind', found: 'nonce', ok: false })
  })
})
