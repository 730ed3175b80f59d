import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { parseKeySet } from '../src/issuer/key-set.ts'
import { parseJws } from '../src/token/parse.ts'
import { verifySignature } from '../src/token/signature.ts'
import { codeOf } from './support/cached-key-set.ts'
import { aKey, type TestKey } from './support/signing-key.ts'
import { keySetOf } from './support/test-issuer.ts'
import { aToken, encode, signed } from './support/token.ts'
import { openVerification } from './support/verification.ts'

const issuer = 'https://auth.example.com'
const [one, two] = [aKey('one'), aKey('two')]

/** A key pair with another exponent than everybody's. */
function aKeyWithExponent(kid: string, publicExponent: number): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent })
  return { kid, privateKey, publicKey, publicJwk: { ...publicKey.export({ format: 'jwk' }), kid } }
}

/** The signing input of a status list, which is longer than any access token. */
const longText = `${encode({ alg: 'RS256', typ: 'statuslist+jwt' })}.${encode({ lst: 'x'.repeat(8192) })}`

/** Verifies a signature with the keys of a key set, and says where that was done. */
async function whereVerified(token: string, keys: readonly TestKey[]): Promise<string> {
  const found = (await parseKeySet(keySetOf(keys))).find(undefined)
  const signer = verifySignature(parseJws(token), found)
  const where = signer instanceof Promise ? 'on the thread pool' : 'on the event loop'
  expect(found).toContain(await signer)
  return where
}

it.each([
  ['a token by a key of 2048 bits', 'on the event loop', one],
  ['one by an exponent of 3', 'on the event loop', aKeyWithExponent('three', 3)],
  ['one by an exponent of 32 bits', 'on the thread pool', aKeyWithExponent('large', 0xffff_ffff)],
  ['one by a key of 3072 bits', 'on the thread pool', aKey('3072', 3072)],
  ['one by a key of 4096 bits', 'on the thread pool', aKey('4096', 4096)],
])('the signature of %s is verified %s', async (_, where, key) => {
  expect(await whereVerified(aToken(issuer, key), [key])).toBe(where)

  const { verify } = await openVerification([key])
  const [header, claims] = aToken(issuer, key).split('.')
  const forged = aToken(issuer, key, { claims: { sub: 'usr_eve' } }).split('.')[2]
  expect(await codeOf(verify(aToken(issuer, key)))).toBe('none')
  expect(await codeOf(verify(`${header}.${claims}.${forged}`))).toBe('bad_signature')
})

it('the signature of what is longer than an access token is verified on the thread pool', async () => {
  expect(await whereVerified(signed(longText, one), [one])).toBe('on the thread pool')
})

it('a token that each of several keys may have signed is verified on the thread pool', async () => {
  const token = aToken(issuer, two, { header: { kid: undefined } })

  expect(await whereVerified(token, [one, two])).toBe('on the thread pool')
})

it('hundreds of tokens at once are each told by their own key and claims', async () => {
  const large = aKey('large', 3072)
  const { verify } = await openVerification([one, two, large])
  const strangers = aKey('one')
  const tokens = Array.from({ length: 240 }, (_, n) => {
    const claims = { sub: `usr_${n}` }
    const key = [one, two, large, strangers][n % 4] ?? one
    return aToken(issuer, key, { claims, header: { kid: n % 8 === 1 ? undefined : key.kid } })
  })

  const told = await Promise.all(
    tokens.map((token) =>
      verify(token).then(
        ({ subject }) => subject,
        (error) => error.code,
      ),
    ),
  )

  expect(told).toEqual(tokens.map((_, n) => (n % 4 === 3 ? 'bad_signature' : `usr_${n}`)))
})

it('a header that was read before says nothing of a token with another', async () => {
  const { verify } = await openVerification([one, two])
  const good = aToken(issuer, one)

  expect(await codeOf(verify(good))).toBe('none')
  expect(await codeOf(verify(aToken(issuer, one, { header: { alg: 'none' } })))).toBe('wrong_algorithm')
  expect(await codeOf(verify(aToken(issuer, one, { header: { crit: ['exp'] } })))).toBe('malformed')
  expect(await codeOf(verify(aToken(issuer, one, { header: { typ: 'JWT' } })))).toBe('wrong_type')
  expect(await codeOf(verify(aToken(issuer, two)))).toBe('none')
  expect(await codeOf(verify(aToken(issuer, two, { header: { kid: 'one' } })))).toBe('bad_signature')
  expect(await codeOf(verify(aToken(issuer, one, { claims: { sub: 'usr_bob' } })))).toBe('none')
})
