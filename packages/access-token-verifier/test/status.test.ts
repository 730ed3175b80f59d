import { describe, expect, it, onTestFinished } from 'vitest'
import { type AccessTokenVerifierOptions, createAccessTokenVerifier } from '../src/index.ts'
import { codeOf, errorOf } from './support/cached-key-set.ts'
import { aKey } from './support/signing-key.ts'
import { aListToken, LIST, list, listOf } from './support/status-list.ts'
import { openIssuer, status } from './support/test-issuer.ts'
import { aToken, NOW } from './support/token.ts'

const audience = 'https://api.example.com'
const key = aKey('one')

/** A verifier whose issuer publishes a list with every status that two bits can be. */
async function openVerifier(options: Partial<AccessTokenVerifierOptions> = {}) {
  const issuer = await openIssuer([key])
  const uri = issuer.url + LIST
  const claims = { status_list: listOf([0b11_10_01_00], 2) }
  issuer.answer(LIST, list(aListToken(uri, key, { claims })))
  const verifier = createAccessTokenVerifier({ issuer: issuer.url, audience, now: () => NOW, ...options })
  onTestFinished(() => verifier.close())
  const verifyStatus = (claim: unknown) =>
    verifier.verify(aToken(issuer.url, key, { claims: { status: claim } }))
  return {
    issuer,
    uri,
    verifyStatus,
    verifyIndex: (idx: unknown) => verifyStatus({ status_list: { uri, idx } }),
  }
}

describe('the status of a token', () => {
  it('is valid when its bits are 0 [Token Status List §7.1]', async () => {
    const { uri, verifyIndex } = await openVerifier()

    expect((await verifyIndex(0)).claims.status).toEqual({ status_list: { uri, idx: 0 } })
  })

  it.each([
    [1, 'status 1 (invalid)'],
    [2, 'status 2 (suspended)'],
    [3, "status 3 (the issuer's own)"],
  ])('is refused when they are %i', async (index, actual) => {
    const { verifyIndex } = await openVerifier()

    expect(await errorOf(verifyIndex(index))).toMatchObject({
      code: 'revoked',
      message: 'This access token was revoked: get a new one.',
      expected: 'status 0 (valid)',
      actual,
    })
  })

  it('need not be there: then nothing is asked', async () => {
    const { issuer, verifyStatus } = await openVerifier()

    expect(await codeOf(verifyStatus(undefined))).toBe('none')
    expect(issuer.count(LIST)).toBe(0)
  })

  it('is refused behind the end of its list [Token Status List §8.3]', async () => {
    const { verifyIndex } = await openVerifier()

    for (const index of [4, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      expect(await errorOf(verifyIndex(index))).toMatchObject({
        code: 'malformed',
        actual: 'it has a status behind the end of its status list',
      })
    }
  })

  it.each([
    [null],
    ['valid'],
    [{}],
    [{ other_mechanism: {} }],
    [{ status_list: [] }],
    [{ status_list: { idx: 0 } }],
    [{ status_list: { idx: 0, uri: 5 } }],
    [{ status_list: { idx: 0, uri: 'https://other.example/lists/1' } }],
    [{ status_list: { idx: 0, uri: 'not a URI' } }],
  ])('is refused when nobody could look it up: %j', async (claim) => {
    const { issuer, verifyStatus } = await openVerifier()

    expect(await codeOf(verifyStatus(claim))).toBe('malformed')
    expect(issuer.count(LIST)).toBe(0)
  })

  it.each([-1, 0.5, '0', null, undefined, 1e30])('is refused at the index %j', async (index) => {
    const { verifyIndex } = await openVerifier()

    expect(await codeOf(verifyIndex(index))).toBe('malformed')
  })

  it('cannot be told without a list: an outage', async () => {
    const { issuer, uri, verifyIndex } = await openVerifier()
    issuer.answer(LIST, status(503))

    expect(await errorOf(verifyIndex(0))).toMatchObject({
      code: 'status_unavailable',
      message: 'The status of this access token cannot be looked up right now: try again in a moment.',
      expected: uri,
      retryAfter: 1,
    })
  })

  it('is asked for only when everything before it is right', async () => {
    const { issuer, uri } = await openVerifier()
    const verifier = createAccessTokenVerifier({ issuer: issuer.url, audience, now: () => NOW })
    const wrong = [{ exp: NOW - 60 }, { aud: 'b' }, { iss: 'https://other.example' }, { nbf: NOW + 60 }]

    for (const claims of wrong) {
      const token = aToken(issuer.url, key, {
        claims: { ...claims, status: { status_list: { uri, idx: 1 } } },
      })
      await codeOf(verifier.verify(token))
    }
    await codeOf(
      verifier.verify(
        aToken(issuer.url, aKey('one'), { claims: { status: { status_list: { uri, idx: 1 } } } }),
      ),
    )

    expect(issuer.count(LIST)).toBe(0)
    verifier.close()
  })

  it('comes before the scope', async () => {
    const { issuer, uri } = await openVerifier()
    const verifier = createAccessTokenVerifier({ issuer: issuer.url, audience, now: () => NOW })
    const token = aToken(issuer.url, key, { claims: { status: { status_list: { uri, idx: 1 } } } })

    expect(await codeOf(verifier.verify(token, { scope: 'admin' }))).toBe('revoked')
    verifier.close()
  })

  it('is not asked for when that is off, whatever it says', async () => {
    const { issuer, verifyStatus, verifyIndex } = await openVerifier({ status: 'ignore' })

    expect(await codeOf(verifyIndex(1))).toBe('none')
    expect(await codeOf(verifyStatus('nonsense'))).toBe('none')
    expect(issuer.count(LIST)).toBe(0)
  })
})
