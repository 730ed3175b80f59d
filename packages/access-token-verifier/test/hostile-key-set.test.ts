import type { KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseKeySet } from '../src/issuer/key-set.ts'
import { codeOf, errorOf, openCachedKeySet } from './support/cached-key-set.ts'
import { aKey } from './support/signing-key.ts'
import { json, KEY_SET, openIssuer, publish } from './support/test-issuer.ts'

const one = aKey('one')
const two = aKey('two')

/** Base64url of a number of so many bits, all of them set but those that are cleared at its end. */
function aNumber(bits: number, cleared = 0): string {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xff)
  bytes[0] = 0xff >> (bytes.length * 8 - bits)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) & ~cleared
  return bytes.toString('base64url')
}

let nested: unknown = []
for (let depth = 0; depth < 50_000; depth++) nested = [nested]

const ODD: readonly (readonly [what: string, entry: unknown])[] = [
  ['null', null],
  ['a list', [one.publicJwk]],
  ['a number', 5],
  ['no kty', { ...two.publicJwk, kty: undefined }],
  ['a kty that is no text', { ...two.publicJwk, kty: ['RSA'] }],
  ['a shared secret', { kty: 'oct', kid: 'two', k: 'c2VjcmV0', alg: 'RS256' }],
  ['an id that is no text', { ...two.publicJwk, kid: 2 }],
  ['an id that is nested deeply', { ...two.publicJwk, kid: nested }],
  ['an n that is no text', { ...two.publicJwk, n: 5 }],
  ['an n that is empty', { ...two.publicJwk, n: '' }],
  ['an n of zeros', { ...two.publicJwk, n: 'AAAA' }],
  ['an n in ordinary base64', { ...two.publicJwk, n: `+/${'A'.repeat(340)}` }],
  ['an n of 2047 bits', { ...two.publicJwk, n: aNumber(2047) }],
  ['an even n', { ...two.publicJwk, n: aNumber(2048, 1) }],
  ['an n of 8193 bits', { ...two.publicJwk, n: aNumber(8193) }],
  ['an n of 100,000 bits', { ...two.publicJwk, n: aNumber(100_000) }],
  ['an e of 1', { ...two.publicJwk, e: 'AQ' }],
  ['an e of 0', { ...two.publicJwk, e: 'AA' }],
  ['an even e', { ...two.publicJwk, e: 'AQAC' }],
  ['an e of 33 bits', { ...two.publicJwk, e: aNumber(33) }],
  ['an e of 4000 bits', { ...two.publicJwk, e: aNumber(4000) }],
  ['an e that is no text', { ...two.publicJwk, e: 65537 }],
  ['key_ops that are text', { ...two.publicJwk, key_ops: 'verify' }],
]

describe.each(ODD)('a key set entry with %s', (_, entry) => {
  it('costs no other key its place, and is none itself', async () => {
    const keySet = await parseKeySet({ keys: [entry, one.publicJwk, entry] })

    expect(keySet.find('one')).toHaveLength(1)
    expect(keySet.find('two')).toEqual([])
    // It is the only usable key, so a token need not name it (RFC 7515 §4.1.4).
    expect(keySet.find(undefined)).toEqual(keySet.find('one'))
  })

  it('makes no key set alone', async () => {
    await expect(parseKeySet({ keys: [entry] })).rejects.toThrow('no usable key')
  })
})

it.each([
  ['2048 bits', { n: aNumber(2048) }],
  ['8192 bits', { n: aNumber(8192) }],
  ['an exponent of 32 bits', { e: aNumber(32) }],
  ['an exponent of 3', { e: 'Aw' }],
  [
    'leading zeros, which some libraries write [RFC 7518 §6.3.1.1]',
    {
      n: Buffer.from(`00${Buffer.from(one.publicJwk.n!, 'base64url').toString('hex')}`, 'hex').toString(
        'base64url',
      ),
    },
  ],
])('a key with %s is one', async (_, changes) => {
  const keySet = await parseKeySet({ keys: [{ ...one.publicJwk, ...changes }] })

  expect(keySet.find('one')).toHaveLength(1)
})

it('two keys may have one id, and a key listed twice is one key', async () => {
  const twins = await parseKeySet({ keys: [one.publicJwk, { ...two.publicJwk, kid: 'one' }] })
  const twice = await parseKeySet({ keys: [one.publicJwk, one.publicJwk] })

  const isPair = (keys: readonly KeyObject[]) =>
    keys.length === 2 && keys[0]?.equals(one.publicKey) && keys[1]?.equals(two.publicKey)
  expect(isPair(twins.find('one'))).toBe(true)
  expect(isPair(twins.find(undefined))).toBe(true)
  expect(twice.find(undefined)).toHaveLength(1)
})

it('a hundred keys are read, one more is refused before any is looked at', async () => {
  const many = (count: number) => ({
    keys: Array.from({ length: count }, (_, n) => ({ ...one.publicJwk, kid: `k${n}` })),
  })

  const hundred = await parseKeySet(many(100))
  expect(hundred.find('k99')).toHaveLength(1)
  expect(hundred.find(undefined)).toHaveLength(16)
  await expect(parseKeySet(many(101))).rejects.toThrow('101 keys, and 100 are the most')
})

describe.each([
  ['is empty', { keys: [] }, 'no usable key'],
  ['has only keys for others', { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }, 'no usable key'],
  ['has only absurd keys', { keys: [{ kty: 'RSA', n: aNumber(100_000), e: 'AQAB' }] }, 'no usable key'],
  ['has 101 keys', { keys: Array.from({ length: 101 }, () => one.publicJwk) }, '101 keys'],
])('a key set that %s', (_, document, because) => {
  it('is an outage, not a bad token, when there was none before', async () => {
    const issuer = await openIssuer()
    issuer.answer(KEY_SET, json(document))
    const { keys } = openCachedKeySet(issuer.url)

    const error = await errorOf(keys.find('one'))

    expect(error).toMatchObject({ code: 'keys_unavailable', retryAfter: 1 })
    expect(String(error?.cause)).toContain(because)
  })

  it('takes nothing from the one at hand, and is asked for again after a pause', async () => {
    const issuer = await openIssuer([one])
    const { keys, monotonicClock } = openCachedKeySet(issuer.url)
    await keys.prepare()
    issuer.answer(KEY_SET, json(document))

    monotonicClock.advance(150_000)
    expect(await codeOf(keys.find('unknown'))).toBe('keys_unavailable')
    for (let n = 0; n < 100; n++) expect(await codeOf(keys.find('one'))).toBe('none')
    expect(issuer.count(KEY_SET)).toBe(2)

    publish(issuer, [two])
    monotonicClock.advance(5000)
    await expect.poll(() => codeOf(keys.find('one'))).toBe('unknown_key')
    expect(await codeOf(keys.find('two'))).toBe('none')
  })
})

it('a removed key is refused when the new set has an odd entry beside a good one', async () => {
  const issuer = await openIssuer([one, two])
  const { keys, monotonicClock } = openCachedKeySet(issuer.url)
  await keys.prepare()

  issuer.answer(
    KEY_SET,
    json({ keys: [null, { kty: 'RSA', n: aNumber(100_000), e: 'AQAB' }, two.publicJwk] }),
  )
  monotonicClock.advance(150_000)

  await expect.poll(() => codeOf(keys.find('one'))).toBe('unknown_key')
  expect(await codeOf(keys.find('two'))).toBe('none')
})

it('a hundred of the largest keys are read in ten turns of the event loop', async () => {
  const keys = Array.from({ length: 100 }, (_, n) => ({
    kty: 'RSA',
    kid: `k${n}`,
    n: aNumber(8192),
    e: 'AQAB',
  }))
  let turns = 0
  let isOver = false
  const takeTurn = () => {
    turns += 1
    if (!isOver) setImmediate(takeTurn)
  }
  takeTurn()

  const keySet = await parseKeySet({ keys })
  isOver = true

  expect(keySet.find('k99')).toHaveLength(1)
  expect(turns).toBeGreaterThanOrEqual(10)
})
