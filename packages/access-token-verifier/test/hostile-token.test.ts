import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AccessTokenVerifier, createAccessTokenVerifier } from '../src/index.ts'
import { codeOf, errorOf } from './support/cached-key-set.ts'
import { aKey } from './support/signing-key.ts'
import { json, keySetOf, publish, startIssuer, type TestIssuer } from './support/test-issuer.ts'
import { aToken, encode, NOW, ordinaryClaims, signed } from './support/token.ts'

const key = aKey('one')
const attackerKey = aKey('one')

let issuer: TestIssuer
let attacker: TestIssuer
let verifier: AccessTokenVerifier

beforeAll(async () => {
  issuer = await startIssuer()
  attacker = await startIssuer()
  publish(issuer, [key])
  publish(attacker, [attackerKey])
  attacker.answer('/keys', json(keySetOf([attackerKey])))
  verifier = createAccessTokenVerifier({
    issuer: issuer.url,
    audience: 'https://api.example.com',
    now: () => NOW,
  })
})
afterAll(async () => {
  verifier.close()
  await issuer.close()
  await attacker.close()
})

const refusal = (token: string) => codeOf(verifier.verify(token))
const claims = () => encode(ordinaryClaims(issuer.url))
const header = (changes: object = {}) => encode({ alg: 'RS256', typ: 'at+jwt', kid: 'one', ...changes })

describe('a forged signature', () => {
  it.each(['none', 'None', 'NONE'])('is not replaced by alg %s [RFC 8725 §3.1]', async (alg) => {
    expect(await refusal(`${header({ alg })}.${claims()}.`)).toBe('wrong_algorithm')
  })

  it.each([
    ['PEM', () => key.publicKey.export({ type: 'spki', format: 'pem' })],
    ['DER', () => key.publicKey.export({ type: 'spki', format: 'der' })],
    ['JWK', () => JSON.stringify(key.publicJwk)],
  ])('is not an HMAC with our public key (%s) as the secret [RFC 8725 §2.1]', async (_, secret) => {
    const input = `${header({ alg: 'HS256' })}.${claims()}`
    const hmac = createHmac('sha256', secret()).update(input).digest('base64url')

    expect(await refusal(`${input}.${hmac}`)).toBe('wrong_algorithm')
    // Nor when the header claims RS256 for it.
    expect(await refusal(`${header()}.${claims()}.${hmac}`)).toBe('bad_signature')
  })

  it.each(['RS384', 'RS512', 'PS256', 'ES256', 'EdDSA', 'rs256', ''])('is not of alg %j', async (alg) => {
    expect(await refusal(aToken(issuer.url, key, { header: { alg } }))).toBe('wrong_algorithm')
  })

  it('is not of no alg at all', async () => {
    expect(await refusal(aToken(issuer.url, key, { header: { alg: undefined } }))).toBe('wrong_algorithm')
  })

  it('is not made by another key under our kid', async () => {
    expect(await refusal(aToken(issuer.url, attackerKey))).toBe('bad_signature')
    expect(await refusal(aToken(issuer.url, attackerKey, { header: { kid: undefined } }))).toBe(
      'bad_signature',
    )
  })

  it.each([
    ['jwk', () => ({ jwk: attackerKey.publicJwk })],
    ['jku', () => ({ jku: `${attacker.url}/keys` })],
    ['x5u', () => ({ x5u: `${attacker.url}/keys` })],
    [
      'x5c',
      () => ({ x5c: [attackerKey.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] }),
    ],
  ])('is not made good by a key in the header: %s [RFC 8725 §3.10]', async (_, embedded) => {
    const token = aToken(issuer.url, attackerKey, { header: embedded() })
    const elsewhere = aToken(issuer.url, attackerKey, { header: { ...embedded(), kid: 'attacker' } })

    expect(await refusal(token)).toBe('bad_signature')
    expect(await refusal(elsewhere)).toBe('unknown_key')
    expect(attacker.requests).toEqual([])
  })

  it.each([
    ['another subject', () => encode({ ...ordinaryClaims(issuer.url), sub: 'usr_admin' })],
    [
      'the same claims in another order',
      () => encode(Object.fromEntries(Object.entries(ordinaryClaims(issuer.url)).reverse())),
    ],
  ])('is not kept for %s', async (_, payload) => {
    const [head, , signature] = aToken(issuer.url, key).split('.')

    expect(await refusal(`${head}.${payload()}.${signature}`)).toBe('bad_signature')
  })

  it('is not empty, short or of zeros', async () => {
    expect(await refusal(`${header()}.${claims()}.`)).toBe('bad_signature')
    expect(await refusal(`${header()}.${claims()}.AAAA`)).toBe('bad_signature')
    expect(await refusal(`${header()}.${claims()}.${Buffer.alloc(256).toString('base64url')}`)).toBe(
      'bad_signature',
    )
  })
})

describe('a malformed token', () => {
  it.each([
    ['empty', () => ''],
    ['junk', () => 'hello'],
    ['two parts', () => `${header()}.${claims()}`],
    ['four parts', () => `${aToken(issuer.url, key)}.`],
    ['five parts, as a JWE', () => `${aToken(issuer.url, key)}.a.b`],
    ['dots', () => '..'],
    [
      'a header that is no JSON',
      () => signed(`${Buffer.from('hello').toString('base64url')}.${claims()}`, key),
    ],
    ['a header that is a list', () => signed(`${encode([])}.${claims()}`, key)],
    ['claims that are null', () => signed(`${header()}.${encode(null)}`, key)],
    ['claims that are text', () => signed(`${header()}.${encode('sub')}`, key)],
    [
      'claims that are not UTF-8',
      () => signed(`${header()}.${Buffer.from('{"a":"\xff"}', 'latin1').toString('base64url')}`, key),
    ],
    [
      'claims after a byte order mark',
      () => signed(`${header()}.${Buffer.from('\ufeff{}').toString('base64url')}`, key),
    ],
    ['padding', () => `${aToken(issuer.url, key)}==`],
    ['plain base64', () => `${header()}.${claims()}.++//`],
    ['a space', () => ` ${aToken(issuer.url, key)}`],
    ['a line break', () => `${aToken(issuer.url, key)}\n`],
    ['an alg that is a list', () => aToken(issuer.url, key, { header: { alg: ['RS256'] } })],
    ['a typ that is a number', () => aToken(issuer.url, key, { header: { typ: 1 } })],
    ['a kid that is an object', () => aToken(issuer.url, key, { header: { kid: {} } })],
    ['a crit header [RFC 7515 §4.1.11]', () => aToken(issuer.url, key, { header: { crit: ['exp'] } })],
    ['an empty crit header', () => aToken(issuer.url, key, { header: { crit: [] } })],
    ['a b64 header [RFC 7797 §3]', () => aToken(issuer.url, key, { header: { b64: true } })],
  ])('is refused: %s', async (_, token) => {
    expect(await refusal(token())).toBe('malformed')
  })

  it('is refused when its signature is spelled in a second way [RFC 4648 §3.5]', async () => {
    const token = aToken(issuer.url, key)
    const last = token.at(-1)!
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const twin = token.slice(0, -1) + alphabet[alphabet.indexOf(last) + 1]

    expect(await refusal(token)).toBe('none')
    expect(await refusal(twin)).toBe('malformed')
  })

  it('takes no part in the prototype of anything', async () => {
    const input = `${header()}.${Buffer.from('{"__proto__":{"iss":"a","sub":"b"}}').toString('base64url')}`

    expect(await refusal(signed(input, key))).toBe('wrong_issuer')
  })
})

describe('a token of more than 8 KiB', () => {
  it('is refused before anything in it is read', async () => {
    expect(await errorOf(verifier.verify('a'.repeat(8193)))).toMatchObject({
      code: 'too_large',
      message: 'This access token is longer than 8192 characters: ask for one with less in it.',
      expected: '8192',
      actual: '8193',
    })
    expect(await refusal('a'.repeat(8192))).toBe('malformed')
  })
})

it('no message holds the token', async () => {
  const tokens = [
    'c2VjcmV0.c2VjcmV0.c2VjcmV0',
    aToken(issuer.url, attackerKey),
    aToken(issuer.url, key, { header: { kid: 'secret' } }),
    aToken(issuer.url, key, { claims: { iss: 'secret', aud: 'secret' } }),
  ]

  for (const token of tokens) {
    const message = (await errorOf(verifier.verify(token)))!.message
    for (const part of [...token.split('.'), 'secret']) expect(message).not.toContain(part)
  }
})
