import { describe, expect, it, onTestFinished } from 'vitest'
import { createAccessTokenVerifier } from '../src/index.ts'
import { createTestIssuer, type TestIssuerOptions } from '../src/testing.ts'
import { codeOf } from './support/cached-key-set.ts'

/** A test issuer and the real verifier that trusts it. */
function open(options: TestIssuerOptions = {}) {
  const issuer = createTestIssuer(options)
  const verifier = createAccessTokenVerifier(issuer)
  onTestFinished(() => verifier.close())
  return { issuer, verifier }
}

describe('a test issuer', () => {
  it('signs tokens that a real verifier accepts, without a network', async () => {
    const { issuer, verifier } = open()

    const token = await verifier.verify(issuer.token({ scope: 'orders', roles: ['clerk'] }), {
      scope: 'orders',
    })

    expect(token).toMatchObject({
      subject: 'usr_test',
      clientId: 'test-client',
      audience: ['https://api.test'],
      scope: ['orders'],
      claims: { iss: 'https://issuer.test', roles: ['clerk'] },
    })
  })

  it('signs tokens for every refusal a service should know', async () => {
    const { issuer, verifier } = open()

    expect([
      await codeOf(verifier.verify(issuer.expiredToken())),
      await codeOf(verifier.verify(issuer.foreignToken())),
      await codeOf(verifier.verify(issuer.revokedToken())),
      await codeOf(verifier.verify(issuer.token({ aud: 'https://other.test' }))),
      await codeOf(verifier.verify(issuer.token({ sub: undefined }))),
      await codeOf(verifier.verify(issuer.token(), { scope: 'orders' })),
    ]).toEqual(['expired', 'bad_signature', 'revoked', 'wrong_audience', 'malformed', 'insufficient_scope'])
  })

  it('may have another name, another audience and another clock', async () => {
    let now = 1_790_000_000
    const { issuer, verifier } = open({
      issuer: 'https://auth.example.com/realm/',
      audience: 'orders',
      now: () => now,
    })
    const token = issuer.token()
    const revoked = issuer.revokedToken()

    expect(await codeOf(verifier.verify(token))).toBe('none')
    expect(await codeOf(verifier.verify(revoked))).toBe('revoked')
    now += 305
    expect(await codeOf(verifier.verify(token))).toBe('expired')
  })

  it('answers for nobody else', async () => {
    const { issuer } = open()

    await expect(issuer.fetch('https://other.test/')).rejects.toThrow(
      'does not answer for https://other.test',
    )
    expect((await issuer.fetch('https://issuer.test/elsewhere')).status).toBe(404)
  })
})
