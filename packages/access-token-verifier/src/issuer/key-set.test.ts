import { generateKeyPairSync } from 'node:crypto'
import { compactVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { aKey } from '../../test/support/signing-key.ts'
import { aToken } from '../../test/support/token.ts'
import { parseKeySet } from './key-set.ts'

const one = aKey('one')
const two = aKey('two')

describe('a key set', () => {
  it('finds a key by its kid, ready to verify [RFC 7517 §4.5]', async () => {
    const keySet = await parseKeySet({ keys: [one.publicJwk, two.publicJwk] })

    const [key, ...others] = keySet.find('two')

    await expect(compactVerify(aToken('https://a.example', two), key!)).resolves.toBeDefined()
    expect(others).toEqual([])
    expect(keySet.find('three')).toEqual([])
  })

  it('finds every usable key without a kid', async () => {
    const alone = await parseKeySet({ keys: [one.publicJwk, { ...two.publicJwk, use: 'enc' }] })
    const several = await parseKeySet({ keys: [one.publicJwk, two.publicJwk] })

    expect(alone.find(undefined)).toEqual(alone.find('one'))
    expect(several.find(undefined)).toEqual([...several.find('one'), ...several.find('two')])
  })

  it('imports each key once', async () => {
    const keySet = await parseKeySet({ keys: [one.publicJwk] })

    expect(keySet.find('one')).toBe(keySet.find('one'))
  })

  it.each([
    ['says nothing of its use', { use: undefined, alg: undefined, key_ops: undefined }],
    ['may verify', { key_ops: ['verify'] }],
    ['has members nobody knows', { x5t: 'abc', note: 'hello' }],
  ])('takes a key that %s [RFC 7517 §4]', async (_, changes) => {
    const keySet = await parseKeySet({ keys: [{ ...one.publicJwk, ...changes }] })

    expect(keySet.find('one')).toHaveLength(1)
  })

  it('ignores the private half of a key that was published by accident', async () => {
    const jwk = { ...one.privateKey.export({ format: 'jwk' }), kid: 'one', key_ops: ['sign', 'verify'] }

    const [key] = (await parseKeySet({ keys: [jwk] })).find('one')

    expect(key).toMatchObject({ type: 'public', asymmetricKeyType: 'rsa' })
  })

  it.each([
    ['another type', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })],
    ['a shared secret', { kty: 'oct', k: 'c2VjcmV0' }],
    ['another use', { ...one.publicJwk, use: 'enc' }],
    ['another algorithm', { ...one.publicJwk, alg: 'PS256' }],
    ['other operations', { ...one.publicJwk, key_ops: ['encrypt'] }],
    ['no modulus', { ...one.publicJwk, n: undefined }],
    ['a modulus that is no number', { ...one.publicJwk, n: '***' }],
    ['1024 bits [RFC 7518 §3.3]', aKey('short', 1024).publicJwk],
    ['an exponent of 1 [RFC 8017 §3.1]', { ...one.publicJwk, e: 'AQ' }],
    ['nothing', null],
    ['text', 'key'],
  ])('passes over a key with %s', async (_, jwk) => {
    await expect(parseKeySet({ keys: [jwk, two.publicJwk] })).resolves.toBeDefined()
    await expect(parseKeySet({ keys: [jwk] })).rejects.toThrow('no usable key')
  })

  it.each([[null], [[]], ['text'], [{}], [{ keys: {} }]])('is not %j', async (value) => {
    await expect(parseKeySet(value)).rejects.toThrow('The key set has no list of keys.')
  })

  it('is not empty', async () => {
    await expect(parseKeySet({ keys: [] })).rejects.toThrow('no usable key')
  })
})
