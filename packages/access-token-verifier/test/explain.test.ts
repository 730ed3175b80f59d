import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessTokenErrorCode } from '../src/error.ts'
import {
  type AccessTokenError,
  type AccessTokenVerifier,
  challenge,
  createAccessTokenVerifier,
  type Explanation,
  explainAccessToken,
} from '../src/index.ts'
import { STEPS } from '../src/verify-access-token.ts'
import { errorOf } from './support/cached-key-set.ts'
import { aKey } from './support/signing-key.ts'
import { aListToken, LIST, list } from './support/status-list.ts'
import {
  keySetOf,
  METADATA,
  openIssuer,
  publish,
  startIssuer,
  status,
  type TestIssuer,
} from './support/test-issuer.ts'
import { aToken, NOW, ordinaryClaims } from './support/token.ts'

const audience = 'https://api.example.com'
const key = aKey('one')
const otherKey = aKey('one')

let issuer: TestIssuer
let verifier: AccessTokenVerifier
const now = () => NOW

beforeAll(async () => {
  issuer = await startIssuer()
  publish(issuer, [key])
  verifier = createAccessTokenVerifier({ issuer: issuer.url, audience, now })
})
afterAll(async () => {
  verifier.close()
  await issuer.close()
})

const REQUIRED = { scope: 'profile' }
const explain = (token: string) =>
  explainAccessToken(token, { issuer: issuer.url, audience, now, ...REQUIRED, keySet: keySetOf([key]) })

function errorIn(explanation: Explanation): AccessTokenError {
  if (explanation.kind === 'refused') return explanation.error
  throw new Error('the token was accepted')
}

/** What a token itself can have; the others are of the request, an outage, or of statuses. */
type TokenCode = Exclude<
  AccessTokenErrorCode,
  'missing' | 'invalid_request' | 'revoked' | 'keys_unavailable' | 'status_unavailable'
>

/** A token for every code that a token itself can have, and the check that finds it. */
const REFUSED: Readonly<Record<TokenCode, readonly [check: string, token: () => string]>> = {
  too_large: ['size', () => 'x'.repeat(9000)],
  malformed: ['form', () => 'a.b'],
  wrong_algorithm: ['alg', () => aToken(issuer.url, key, { header: { alg: 'HS256' } })],
  wrong_type: ['typ', () => aToken(issuer.url, key, { header: { typ: undefined } })],
  unknown_key: ['kid', () => aToken(issuer.url, key, { header: { kid: 'two' } })],
  bad_signature: ['signature', () => aToken(issuer.url, otherKey)],
  wrong_issuer: ['iss', () => aToken('https://other.example', key)],
  wrong_audience: ['aud', () => aToken(issuer.url, key, { claims: { aud: ['a', 'b'] } })],
  expired: ['exp', () => aToken(issuer.url, key, { claims: { exp: NOW - 5 } })],
  not_yet_valid: ['nbf', () => aToken(issuer.url, key, { claims: { nbf: NOW + 6 } })],
  insufficient_scope: ['scope', () => aToken(issuer.url, key, { claims: { scope: 'email' } })],
}

describe('an explanation', () => {
  it('of a good token has every check, and each holds', async () => {
    const explanation = await explain(aToken(issuer.url, key))

    expect(explanation).toMatchObject({ kind: 'accepted', token: { claims: ordinaryClaims(issuer.url) } })
    const unasked = ['kind', 'roles']
    expect(explanation.steps.map(({ check }) => check)).toEqual(STEPS.filter((one) => !unasked.includes(one)))
    expect(explanation.steps.filter(({ ok }) => !ok)).toEqual([])
    expect(explanation.steps.slice(-7)).toEqual([
      { check: 'aud', expected: audience, found: audience, ok: true },
      { check: 'exp', expected: `after ${NOW - 5}`, found: String(NOW + 1800), ok: true },
      { check: 'nbf', expected: `absent, or not after ${NOW + 5}`, found: 'absent', ok: true },
      { check: 'iat', expected: `absent, or not after ${NOW + 5}`, found: String(NOW), ok: true },
      { check: 'sub', expected: 'a subject', found: 'usr_alice', ok: true },
      { check: 'status', expected: 'not asked for', found: 'not asked for', ok: true },
      { check: 'scope', expected: 'profile', found: 'profile email', ok: true },
    ])
  })

  it.each(Object.entries(REFUSED))(
    'of %s ends where the verifier does, for the same reason',
    async (code, [check, token]) => {
      const explanation = await explain(token())
      const refusal = await errorOf(verifier.verify(token(), REQUIRED))
      const last = explanation.steps.at(-1)

      expect(refusal?.code).toBe(code)
      expect(errorIn(explanation)).toMatchObject({
        code,
        expected: refusal?.expected,
        actual: refusal?.actual,
      })
      expect(challenge(errorIn(explanation))).toEqual(challenge(refusal!))
      expect(last).toMatchObject({ check, ok: false })
    },
  )

  it.each([
    ['aud', { aud: undefined }, 'nothing'],
    ['exp', { exp: undefined }, 'it does not say when it expires (exp)'],
    ['iat', { iat: NOW + 60 }, String(NOW + 60)],
    ['sub', { sub: '' }, 'it has no subject (sub)'],
    ['claims', { scope: 7 }, 'it has a scope that is not valid'],
  ])('of a token with a wrong %s says what was there instead', async (check, claims, found) => {
    const explanation = await explain(aToken(issuer.url, key, { claims }))

    expect(explanation.steps.at(-1)).toMatchObject({ check, found, ok: false })
  })

  it('names the checks that were not reached', async () => {
    const explanation = await explain(aToken(issuer.url, key, { claims: { exp: NOW - 60 } }))

    expect(explanation).toMatchObject({
      kind: 'refused',
      notReached: ['nbf', 'iat', 'sub', 'status', 'scope'],
    })
  })

  it('finds the keys as a verifier does when none are at hand', async () => {
    const token = aToken(issuer.url, key)

    expect(await explainAccessToken(token, { issuer: issuer.url, audience, now })).toMatchObject({
      kind: 'accepted',
    })
  })

  it('asks for the status as a verifier does, unless that is ignored', async () => {
    const uri = issuer.url + LIST
    issuer.answer(LIST, list(aListToken(uri, key)))
    const explainStatus = (idx: number, status: 'check' | 'ignore' = 'check') =>
      explainAccessToken(aToken(issuer.url, key, { claims: { status: { status_list: { uri, idx } } } }), {
        issuer: issuer.url,
        audience,
        now,
        status,
      })
    const stepOf = ({ steps }: Explanation) => steps.find(({ check }) => check === 'status')

    expect(stepOf(await explainStatus(0))).toEqual({
      check: 'status',
      expected: 'valid, or none',
      found: `valid, at 0 in ${uri}`,
      ok: true,
    })
    expect(stepOf(await explainStatus(3))).toMatchObject({ found: 'status 1 (invalid)', ok: false })
    expect(stepOf(await explainStatus(3, 'ignore'))).toMatchObject({ found: 'not asked for', ok: true })
  })

  it('of any token is an outage while the keys cannot be had', async () => {
    const away = await openIssuer()
    away.answer(METADATA, status(500))
    const token = aToken(away.url, key)

    const explained = await explainAccessToken(token, { issuer: away.url, audience, now })
    const noKeys = await explainAccessToken(token, { issuer: away.url, audience, now, keySet: { keys: [] } })

    expect(errorIn(explained).code).toBe('keys_unavailable')
    expect(errorIn(noKeys)).toMatchObject({
      code: 'keys_unavailable',
      actual: 'The key set has no usable key: RSA, for signatures, of 2048 to 8192 bits.',
    })
  })

  it('is refused to options no verifier works with', async () => {
    await expect(explainAccessToken('a', { issuer: 'nowhere', audience })).rejects.toThrow(TypeError)
  })
})
