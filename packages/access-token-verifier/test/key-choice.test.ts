import { describe, expect, it, onTestFinished } from 'vitest'
import { createAccessTokenVerifier, explainAccessToken } from '../src/index.ts'
import { codeOf } from './support/cached-key-set.ts'
import { aKey, type TestKey } from './support/signing-key.ts'
import { aListToken, LIST, list } from './support/status-list.ts'
import { keySetOf, openIssuer, publish } from './support/test-issuer.ts'
import { aToken, NOW } from './support/token.ts'

const audience = 'https://api.example.com'
const now = () => NOW
const one = aKey('one')
const two = aKey('two')
const three = aKey('three')
const stranger = aKey('one')
/** Another key under the name of the first. */
const twin: TestKey = {
  ...two,
  kid: 'one',
  publicJwk: { ...two.publicJwk, kid: 'one' },
}

async function openVerifier(keys: readonly TestKey[]) {
  const issuer = await openIssuer(keys)
  const verifier = createAccessTokenVerifier({ issuer: issuer.url, audience, now })
  onTestFinished(() => verifier.close())
  return { issuer, verifier }
}

/** Every token is sent twice: the second time its signature may be remembered. */
async function codesOf(send: () => Promise<unknown>): Promise<readonly string[]> {
  return [await codeOf(send()), await codeOf(send())]
}

describe('a token without a kid', () => {
  it.each([
    ['first', one],
    ['second', two],
    ['last', three],
  ])('is good under the %s key of several [RFC 7515 §4.1.4]', async (_, key) => {
    const { issuer, verifier } = await openVerifier([one, two, three])
    const token = aToken(issuer.url, key, { header: { kid: undefined } })

    expect(await codesOf(() => verifier.verify(token))).toEqual(['none', 'none'])
  })

  it('is of no key there is', async () => {
    const { issuer, verifier } = await openVerifier([one, two, three])
    const token = aToken(issuer.url, stranger, { header: { kid: undefined } })

    expect(await codesOf(() => verifier.verify(token))).toEqual(['bad_signature', 'bad_signature'])
  })

  it('is refused when its key has left the set, also when it is remembered', async () => {
    const { issuer, verifier } = await openVerifier([])
    publish(issuer, [one, two], 1)
    const token = aToken(issuer.url, two, { header: { kid: undefined } })
    await verifier.verify(token)

    publish(issuer, [one], 1)

    await expect.poll(() => codeOf(verifier.verify(token))).toBe('bad_signature')
  })

  it('may name a status list that has no kid either', async () => {
    const { issuer, verifier } = await openVerifier([one, two])
    const header = { kid: undefined }
    issuer.answer(LIST, list(aListToken(issuer.url + LIST, two, { header })))
    const status = (idx: number) => ({ status: { status_list: { uri: issuer.url + LIST, idx } } })

    expect(await codeOf(verifier.verify(aToken(issuer.url, one, { header, claims: status(0) })))).toBe('none')
    expect(await codeOf(verifier.verify(aToken(issuer.url, one, { header, claims: status(3) })))).toBe(
      'revoked',
    )
  })

  it('is explained', async () => {
    const keySet = keySetOf([one, two])
    const token = aToken('https://a.example', two, { header: { kid: undefined } })

    const { kind, steps } = await explainAccessToken(token, {
      issuer: 'https://a.example',
      audience,
      now,
      keySet,
    })

    expect(kind).toBe('accepted')
    expect(steps.find(({ check }) => check === 'kid')?.found).toBe('no kid: each of 2 may be it')
  })

  it('is tried against 16 keys at most', async () => {
    const others = Array.from({ length: 16 }, (_, n) => ({
      ...one,
      publicJwk: { ...one.publicJwk, kid: `k${n}` },
    }))
    const { issuer, verifier } = await openVerifier([...others, two])

    const token = aToken(issuer.url, two, { header: { kid: undefined } })

    expect(await codeOf(verifier.verify(token))).toBe('bad_signature')
    expect(await codeOf(verifier.verify(aToken(issuer.url, two)))).toBe('none')
  })
})

describe('two keys with one kid', () => {
  it.each([
    ['first', one],
    ['second', twin],
  ])('both count: a token by the %s is good', async (_, key) => {
    const { issuer, verifier } = await openVerifier([one, twin])

    expect(await codesOf(() => verifier.verify(aToken(issuer.url, key)))).toEqual(['none', 'none'])
    expect(await codeOf(verifier.verify(aToken(issuer.url, stranger)))).toBe('bad_signature')
  })
})
