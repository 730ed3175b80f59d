import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { clientJwksProblem, usableKeys } from './client-jwks.ts'

let rsa: JWK
let ec: JWK

beforeAll(async () => {
  rsa = await exportJWK((await generateKeyPair('RS256', { extractable: true })).publicKey)
  ec = await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey)
})

const NOT_RSA = 'holds an RSA key whose n or e no RSA key has'
const NOT_EC = 'holds an EC key that is not a point on P-256'
const ODD_ALG = 'holds a key whose alg is none of RS256, PS256, ES256, or does not fit it'
const PRIVATE = 'holds a private key: register the public part alone, and replace a key that was shown'

/** A number of so many bits as a Base64urlUInt. */
function ofBits(bits: number, lowest = 1): string {
  const bytes = Buffer.alloc(Math.ceil(bits / 8))
  bytes[0] = 1 << ((bits - 1) % 8)
  bytes[bytes.length - 1]! |= lowest
  return bytes.toString('base64url')
}

describe('the key set of a client', () => {
  it('may hold keys of every kind we verify with, with and without what they are for', () => {
    const keys = [
      { ...rsa, kid: 'one', use: 'sig', alg: 'PS256', key_ops: ['verify'] },
      { ...rsa, kid: 'two' },
      { ...ec, alg: 'ES256' },
    ]

    expect(clientJwksProblem({ keys })).toBeUndefined()
    expect(usableKeys({ keys }).keys).toHaveLength(3)
  })

  it.each<[string, () => object, string]>([
    ['a point of one byte', () => ({ ...ec, x: 'AA', y: 'AA' }), NOT_EC],
    ['a point beside the curve', () => ({ ...ec, y: ec.x }), NOT_EC],
    ['a point at zero', () => ({ ...ec, x: 'A'.repeat(43), y: 'A'.repeat(43) }), NOT_EC],
    ['a point without y', () => ({ ...ec, y: undefined }), NOT_EC],
    ['a coordinate that is no text', () => ({ ...ec, x: 5 }), NOT_EC],
    ['another curve', () => ({ ...ec, crv: 'P-384' }), NOT_EC],
    ['an exponent of 1', () => ({ ...rsa, e: 'AQ' }), NOT_RSA],
    ['an exponent of 0', () => ({ ...rsa, e: 'AA' }), NOT_RSA],
    ['an even exponent', () => ({ ...rsa, e: 'AQAA' }), NOT_RSA],
    ['an exponent of 33 bits', () => ({ ...rsa, e: ofBits(33) }), NOT_RSA],
    ['an even modulus', () => ({ ...rsa, n: ofBits(2048, 0) }), NOT_RSA],
    ['too small a modulus', () => ({ ...rsa, n: ofBits(2047) }), 'holds an RSA key of fewer than 2048 bits'],
    [
      'a small modulus behind zeros',
      () => ({ ...rsa, n: `${'A'.repeat(400)}Aw` }),
      'holds an RSA key of fewer than 2048 bits',
    ],
    ['too large a modulus', () => ({ ...rsa, n: ofBits(8193) }), 'holds an RSA key of more than 8192 bits'],
    [
      'a modulus beyond all sizes',
      () => ({ ...rsa, n: 'A'.repeat(5000) }),
      'holds an RSA key without n or e',
    ],
    ['a modulus that is no text', () => ({ ...rsa, n: 5 }), 'holds an RSA key without n or e'],
    [
      'a modulus that is not base64url',
      () => ({ ...rsa, n: `${rsa.n}=` }),
      'holds an RSA key without n or e',
    ],
    ['a shared key', () => ({ kty: 'oct', k: 'c2VjcmV0' }), 'holds a key that is neither RSA nor EC'],
    ['an Ed25519 key', () => ({ kty: 'OKP', crv: 'Ed25519' }), 'holds a key that is neither RSA nor EC'],
    ['a private exponent', () => ({ ...rsa, d: 'AQAB' }), PRIVATE],
    ['a prime', () => ({ ...rsa, qi: 'AQAB' }), PRIVATE],
    ['a key for encryption', () => ({ ...rsa, use: 'enc' }), 'holds a key whose use is not sig'],
    ['an algorithm of another kind of key', () => ({ ...ec, alg: 'RS256' }), ODD_ALG],
    ['an algorithm we do not verify', () => ({ ...rsa, alg: 'RSA-OAEP' }), ODD_ALG],
    [
      'operations without verify',
      () => ({ ...rsa, key_ops: ['wrapKey'] }),
      'holds a key whose key_ops are without verify',
    ],
    [
      'a kid that is no text',
      () => ({ ...rsa, kid: 7 }),
      'holds a key whose kid is not a text of 1 to 255 visible characters',
    ],
  ])('is refused with %s, and proves nothing when it is in a row already', (_what, key, problem) => {
    expect(clientJwksProblem({ keys: [key()] })).toBe(problem)
    expect(usableKeys({ keys: [key()] })).toEqual({ keys: [] })
  })

  it.each([[null], [[]], ['keys'], [{}], [{ keys: {} }], [{ keys: [] }]])('is not %j', (document) => {
    expect(clientJwksProblem(document)).toBe('is not a key set: write {"keys":[…]} with at least one key')
    expect(usableKeys(document)).toEqual({ keys: [] })
  })

  it('is told everything that is wrong with it at once', () => {
    const keys = [{ ...rsa, e: 'AQ', use: 'enc', kid: 'one' }, null, { ...ec, kid: 'one' }]

    expect(clientJwksProblem({ keys })).toBe(
      [
        `${NOT_RSA} (key 1)`,
        'holds a key whose use is not sig (key 1)',
        'holds something that is not a key (key 2)',
        'names two keys by the same kid',
      ].join('; '),
    )
  })

  it('has at most 20 keys, and 64 KiB', () => {
    expect(clientJwksProblem({ keys: Array(21).fill(ec) })).toBe('holds 21 keys: register at most 20')
    expect(clientJwksProblem({ keys: [{ ...ec, x5c: ['A'.repeat(65_536)] }] })).toBe('is longer than 64 KiB')
  })

  it('that is old and bad in part is as good as its other keys', () => {
    expect(usableKeys({ keys: [{ ...rsa, e: 'AQ' }, ec, null] })).toEqual({ keys: [ec] })
  })
})
