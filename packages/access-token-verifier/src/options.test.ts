import { describe, expect, it } from 'vitest'
import type { AccessTokenVerifierOptions } from './options.ts'
import { createAccessTokenVerifier } from './verifier.ts'

const right = { issuer: 'https://auth.example.com', audience: 'https://api.example.com' }

describe('a verifier', () => {
  it.each([
    { issuer: 'https://auth.example.com/' },
    { issuer: 'https://auth.example.com/realms/main' },
    { issuer: 'http://localhost:8000' },
    { issuer: 'http://[::1]:8000/realm/' },
    { audience: 'urn:example:api' },
    { audience: 'orders-api' },
    { issuerAddress: 'http://auth:8000' },
    { clockTolerance: 0, keySetMaxStale: 1 },
    { status: 'ignore' as const, rememberedTokens: 0 },
  ])('is made with %j', (options) => {
    const verifier = createAccessTokenVerifier({ ...right, ...options })

    expect(verifier.issuer).toBe(options.issuer ?? right.issuer)
    expect(verifier.audience).toBe(options.audience ?? right.audience)
    expect(verifier.ready()).toBe(false)
  })

  it.each([
    [{ issuer: undefined }, 'issuer must be a URL'],
    [{ issuer: '' }, 'issuer must be a URL'],
    [{ issuer: 'auth.example.com' }, 'issuer must be a URL'],
    [{ issuer: ' https://auth.example.com' }, 'issuer must be a URL'],
    [{ issuer: 'https://auth.example.com?a=b' }, 'issuer must be a URL'],
    [{ issuer: 'https://auth.example.com#a' }, 'issuer must be a URL'],
    [{ issuer: 'https://me:secret@auth.example.com' }, 'issuer must not hold a user name'],
    [{ issuer: 'ftp://auth.example.com' }, 'issuer must begin with https://'],
    [{ issuer: 'http://auth.example.com' }, 'issuer must begin with https://'],
    [{ issuer: 'http://auth:8000', issuerAddress: 'http://auth:8000' }, 'issuer must begin with https://'],
    [{ audience: undefined }, 'audience must be a name or URI'],
    [{ audience: '' }, 'audience must be a name or URI'],
    [{ audience: 'orders api' }, 'audience must be a name or URI'],
    [{ audience: 'https://' }, 'audience is not an absolute URI'],
    [{ audience: 'https://api.example.com/#a' }, 'audience must not have a fragment'],
    [{ issuerAddress: 'auth:8000' }, 'issuerAddress must be an origin'],
    [{ issuerAddress: 'ftp://auth' }, 'issuerAddress must be an origin'],
    [{ issuerAddress: 'http://auth:8000/' }, 'issuerAddress must be an origin and nothing more: write it as'],
    [{ tokenType: 'jwt' }, "tokenType must be 'at+jwt' or 'JWT'"],
    [{ tokenType: null }, "tokenType must be 'at+jwt' or 'JWT'"],
    [{ clockTolerance: -1 }, 'clockTolerance must be a number of seconds, 0 or more'],
    [{ clockTolerance: Number.NaN }, 'clockTolerance must be a number of seconds, 0 or more'],
    [{ clockTolerance: '5' }, 'clockTolerance must be a number of seconds, 0 or more'],
    [{ keySetMaxStale: 0 }, 'keySetMaxStale must be a number of seconds, 1 or more'],
    [{ keySetMaxStale: Number.POSITIVE_INFINITY }, 'keySetMaxStale must be a number of seconds, 1 or more'],
    [{ status: 'required' }, "status must be 'check' or 'ignore'"],
    [{ status: 'off' }, "status must be 'check' or 'ignore'"],
    [{ status: false }, "status must be 'check' or 'ignore'"],
    [{ rememberedTokens: -1 }, 'rememberedTokens must be a whole number, 0 or more'],
    [{ rememberedTokens: 1.5 }, 'rememberedTokens must be a whole number, 0 or more'],
    [{ fetch: 'fetch' }, 'fetch must be a function'],
    [{ now: 5 }, 'now must be a function'],
  ])('is not made with %j: that is a TypeError', (options, problem) => {
    const wrong = { ...right, ...options } as unknown as AccessTokenVerifierOptions

    expect(() => createAccessTokenVerifier(wrong)).toThrow(TypeError)
    expect(() => createAccessTokenVerifier(wrong)).toThrow(`createAccessTokenVerifier: ${problem}`)
  })
})
