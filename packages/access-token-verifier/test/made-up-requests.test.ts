import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorizationHeaders, type RequestHeaders } from '../src/adapters/authorization.ts'
import { type AccessTokenRequest, requireAccessToken as requireInExpress } from '../src/adapters/express.ts'
import { requireAccessToken as requireInFetch } from '../src/adapters/fetch.ts'
import { requireAccessToken as requireInKoa } from '../src/adapters/koa.ts'
import { type AccessTokenVerifier, createAccessTokenVerifier, explainAccessToken } from '../src/index.ts'
import { createTestIssuer } from '../src/testing.ts'
import { errorOf } from './support/cached-key-set.ts'

const issuer = createTestIssuer()
const token = issuer.token()
let verifier: AccessTokenVerifier

beforeAll(() => {
  verifier = createAccessTokenVerifier(issuer)
})
afterAll(() => verifier.close())

const NO_TEXTS: readonly (readonly [what: unknown, code: string])[] = [
  [undefined, 'missing'],
  [null, 'missing'],
  ['', 'malformed'],
  [0, 'malformed'],
  [42n, 'malformed'],
  [true, 'malformed'],
  [Symbol('token'), 'malformed'],
  [{}, 'malformed'],
  [[], 'malformed'],
  [[token], 'malformed'],
  [new String(token), 'malformed'],
  [Buffer.from(token), 'malformed'],
  [() => token, 'malformed'],
  [{ length: 3, split: () => token.split('.') }, 'malformed'],
]

describe.each(NO_TEXTS)('%s in place of a token', (what, code) => {
  it('is refused by a verifier', async () => {
    // Twice: the second time key set and tokens are at hand.
    expect(await errorOf(verifier.verify(what as string))).toMatchObject({ code })
    await verifier.verify(token)
    expect(await errorOf(verifier.verify(what as string))).toMatchObject({ code })
  })

  it('is explained', async () => {
    expect(await explainAccessToken(what as string, issuer)).toMatchObject({
      kind: 'refused',
      error: { code },
    })
  })
})

const REQUESTS: readonly (readonly [how: string, request: RequestHeaders, found: readonly string[]])[] = [
  ['headers alone', { headers: { authorization: 'a' } }, ['a']],
  ['headers with names as they were sent', { headers: { Authorization: 'a' } }, ['a']],
  ['a list of values', { headers: { authorization: ['a'] } }, ['a']],
  ['two values', { headers: { authorization: ['a', 'b'] } }, ['a', 'b']],
  ['two spellings', { headers: { authorization: 'a', Authorization: 'b' } }, ['a', 'b']],
  ['the headers of the Fetch API', { headers: new Headers({ authorization: 'a' }) }, ['a']],
  ['raw headers that are empty', { rawHeaders: [], headers: { authorization: 'a' } }, ['a']],
  ['raw headers alone', { rawHeaders: ['AUTHORIZATION', 'a'] }, ['a']],
  ['raw headers and others', { rawHeaders: ['Authorization', 'a'], headers: { authorization: 'a' } }, ['a']],
  ['other headers', { headers: { accept: '*/*', get: 'nothing' } }, []],
  ['a value that is undefined', { headers: { authorization: undefined } }, []],
  ['no headers', {}, []],
]

it.each(REQUESTS)('the Authorization headers of a request with %s are found', (_, request, found) => {
  expect(authorizationHeaders(request)).toEqual(found)
})

describe('a request that a platform or a test has made up', () => {
  it.each([
    ['headers as Node.js names them', { headers: { authorization: `Bearer ${token}` } }],
    ['headers as they were sent', { headers: { Authorization: `Bearer ${token}` } }],
    ['headers of the Fetch API', { headers: new Headers({ authorization: `Bearer ${token}` }) }],
  ])('with %s is let in by every adapter', async (_, made) => {
    const request = made as never
    const express: RequestHeaders & AccessTokenRequest = { ...made }
    const koa = { req: request, state: {} as { accessToken?: { subject: string } } }

    await requireInExpress(verifier)(express as never, {} as never, () => {})
    await requireInKoa(verifier)(koa as never, async () => {})
    const { accessToken } = await requireInFetch(verifier)(request)

    expect([express, koa.state, { accessToken }].map((adapter) => adapter.accessToken?.subject)).toEqual(
      Array(3).fill('usr_test'),
    )
  })

  it('without headers has no token', async () => {
    expect(await requireInFetch(verifier)({} as never)).toMatchObject({ error: { code: 'missing' } })
  })
})
