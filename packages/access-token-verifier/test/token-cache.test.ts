import { describe, expect, it } from 'vitest'
import { parseKeySet } from '../src/issuer/key-set.ts'
import { TokenCache } from '../src/token/token-cache.ts'
import { codeOf } from './support/cached-key-set.ts'
import { aKey } from './support/signing-key.ts'
import { keySetOf } from './support/test-issuer.ts'
import { aToken, NOW } from './support/token.ts'
import { openVerification } from './support/verification.ts'

const key = aKey('one')
const issuer = 'https://auth.example.com'

describe('a verified token', () => {
  it('is not verified again: the key is looked for once', async () => {
    const { verify, counts } = await openVerification([key])
    const token = aToken(issuer, key)

    const [first, second] = [await verify(token), await verify(token)]

    expect(second).toBe(first)
    expect(counts.keysFound).toBe(1)
  })

  it('is verified each time when nothing is remembered', async () => {
    const { verify, counts } = await openVerification([key], { capacity: 0 })
    const token = aToken(issuer, key)

    await verify(token)
    await verify(token)

    expect(counts.keysFound).toBe(2)
  })

  it('cannot be written to, since others read it, too', async () => {
    const { verify } = await openVerification([key])

    const verified = await verify(aToken(issuer, key, { claims: { roles: [{ name: 'a' }] } }))
    const { roles } = verified.claims as unknown as { roles: { name: string }[] }

    expect(() => Object.assign(verified, { subject: 'usr_eve' })).toThrow(TypeError)
    expect(() => Object.assign(verified.claims, { sub: 'usr_eve' })).toThrow(TypeError)
    expect(() => (verified.scope as string[]).push('admin')).toThrow(TypeError)
    expect(() => Object.assign(roles[0]!, { name: 'admin' })).toThrow(TypeError)
  })

  it('does not speak for another text with the same beginning or the same signature', async () => {
    const { verify } = await openVerification([key])
    const token = aToken(issuer, key)
    await verify(token)
    const [header, claims, signature] = token.split('.')
    const others = aToken(issuer, key, { claims: { sub: 'usr_bob' } }).split('.')

    expect(await codeOf(verify(`${header}.${others[1]}.${signature}`))).toBe('bad_signature')
    expect(await codeOf(verify(`${header}.${claims}.${others[2]}`))).toBe('bad_signature')
    expect(await codeOf(verify(`${token}=`))).toBe('malformed')
  })

  it('is verified again when the key set changes, and not when it only is fetched again', async () => {
    const { verify, counts, publish } = await openVerification([key])
    const token = aToken(issuer, key)
    await verify(token)

    await publish([key, aKey('two')])
    await verify(token)
    await verify(token)

    expect(counts.keysFound).toBe(2)
  })

  it('is not accepted again when its key is removed while its signature is verified', async () => {
    const { verify, world } = await openVerification([key])
    const token = aToken(issuer, key)
    const withoutKey = await parseKeySet(keySetOf([aKey('two')]))

    const verifying = verify(token)
    world.keySet = withoutKey

    expect(await codeOf(verifying)).toBe('none')
    expect(await codeOf(verify(token))).toBe('unknown_key')
  })

  it.each([
    ['it has expired', { claims: { exp: NOW - 60 } }, 'expired'],
    ['it is for somebody else', { claims: { aud: 'b' } }, 'wrong_audience'],
    ['it is revoked', { claims: { status: { status_list: { uri: 'list', idx: 1 } } } }, 'revoked'],
  ])('never gives way to one that is no good because %s', async (_, changes, code) => {
    const { verify, counts, revoke } = await openVerification([key], { capacity: 2 })
    const good = aToken(issuer, key)
    await verify(good)
    revoke(1)

    for (let n = 0; n < 5; n++) {
      const bad = aToken(issuer, key, { claims: { ...changes.claims, jti: String(n) } })
      expect(await codeOf(verify(bad))).toBe(code)
    }
    await verify(good)

    expect(counts.keysFound).toBe(6)
  })

  it('is remembered when it only lacks the scope of one route', async () => {
    const { verify, counts } = await openVerification([key])
    const token = aToken(issuer, key)

    expect(await codeOf(verify(token, ['admin']))).toBe('insufficient_scope')
    expect(await codeOf(verify(token, ['profile']))).toBe('none')

    expect(counts.keysFound).toBe(1)
  })
})

describe('the token cache', () => {
  it('is of one key set, and empty under another', async () => {
    const [one, other] = [await parseKeySet(keySetOf([key])), await parseKeySet(keySetOf([key]))]
    const { verify } = await openVerification([key])
    const verified = await verify(aToken(issuer, key))
    const tokens = new TokenCache(10)

    tokens.add('a', one, verified)
    expect([tokens.find('a', one), tokens.find('a', other), tokens.find('a', undefined)]).toEqual([
      verified,
      undefined,
      undefined,
    ])

    tokens.add('b', other, verified)
    expect([tokens.find('a', one), tokens.find('a', other)]).toEqual([undefined, undefined])
  })

  it('does not read what is longer than any token, or is no text', () => {
    const tokens = new TokenCache(10)

    expect(tokens.digestOf('x'.repeat(8193))).toBeUndefined()
    expect(tokens.digestOf(5)).toBeUndefined()
    expect(tokens.digestOf('x'.repeat(8192))).toMatch(/^[\w-]{43}$/)
  })
})
