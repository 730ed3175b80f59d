import { describe, expect, it } from 'vitest'
import { requireAccessToken as requireInExpress } from '../src/adapters/express.ts'
import { requireAccessToken as requireInFetch } from '../src/adapters/fetch.ts'
import { AccessTokenError, createAccessTokenVerifier } from '../src/index.ts'
import { openKoaServer } from './support/koa-server.ts'
import { type OpenServer, openExpressServer, openFetchServer } from './support/other-servers.ts'
import { aKey } from './support/signing-key.ts'
import { aListToken, LIST, list } from './support/status-list.ts'
import { METADATA, openIssuer, status, type TestIssuer } from './support/test-issuer.ts'
import { aToken, NOW, type TokenChanges } from './support/token.ts'

const audience = 'https://api.example.com'
const key = aKey('one')

const openVerifier = (issuer: string) => createAccessTokenVerifier({ issuer, audience, now: () => NOW })

const openKoa: OpenServer = (verifier, show) =>
  openKoaServer(verifier, (ctx) => {
    ctx.body = show(ctx.state.accessToken)
  })

/** What is sent to each server; the issuer's URL is known only when it has started. */
type Request = (issuer: TestIssuer) => readonly string[]

const bearer =
  (changes: TokenChanges = {}): Request =>
  (issuer) => [`Bearer ${aToken(issuer.url, key, changes)}`]
const withStatus =
  (idx: number): Request =>
  (issuer) =>
    bearer({ claims: { status: { status_list: { uri: issuer.url + LIST, idx } } } })(issuer)

const REQUESTS: readonly (readonly [
  name: string,
  request: Request,
  code: string | undefined,
  status: number,
])[] = [
  ['a good token', bearer(), undefined, 200],
  ['no header', () => [], 'missing', 401],
  ['another scheme', () => ['Basic YTpi'], 'missing', 401],
  ['a header without a token', () => ['Bearer'], 'invalid_request', 400],
  ['two tokens in one header', () => ['Bearer a b'], 'invalid_request', 400],
  ['text that is no token', () => ['Bearer hello'], 'malformed', 401],
  ['an expired token', bearer({ claims: { exp: NOW - 60 } }), 'expired', 401],
  ['a token for somebody else', bearer({ claims: { aud: 'b' } }), 'wrong_audience', 401],
  ['a token without the scope', bearer({ claims: { scope: 'email' } }), 'insufficient_scope', 403],
  ['a token in force', withStatus(0), undefined, 200],
  ['a revoked token', withStatus(3), 'revoked', 401],
]

describe.each([
  ['Express', openExpressServer],
  ['the Fetch API', openFetchServer],
])('%s', (_, open) => {
  it.each(REQUESTS)('answers %s as Koa does', async (_name, request, code, answered) => {
    const issuer = await openIssuer([key])
    issuer.answer(LIST, list(aListToken(issuer.url + LIST, key)))
    const show = ({ subject, scope }: { subject: string; scope: readonly string[] }) => ({ subject, scope })
    const [server, koa] = [
      await open(openVerifier(issuer.url), show),
      await openKoa(openVerifier(issuer.url), show),
    ]

    const answer = await server.get(...request(issuer))

    expect(answer).toEqual(typed(await koa.get(...request(issuer)), answer))
    expect(answer.status).toBe(answered)
    await expect.poll(() => server.codes).toEqual([code])
    expect(koa.codes).toEqual([code])
  })

  it('answers 400 to two Authorization headers', async () => {
    const issuer = await openIssuer([key])
    const server = await open(openVerifier(issuer.url), () => ({}))

    expect(await server.get('Bearer a', 'Bearer b')).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    })
  })

  it('answers 503 when the keys cannot be had, and says when to come back', async () => {
    const issuer = await openIssuer()
    issuer.answer(METADATA, status(500))
    const server = await open(openVerifier(issuer.url), () => ({}))

    expect(await server.get(...bearer()(issuer))).toMatchObject({
      status: 503,
      headers: { 'cache-control': 'no-store', 'retry-after': '1' },
      body: { error: 'temporarily_unavailable' },
    })
  })

  it.each([
    ['a bug', new Error('a bug')],
    ['a refusal', new AccessTokenError('expired', 'Another token has expired.')],
  ])('does not catch %s of what comes after', async (_name, error) => {
    const issuer = await openIssuer([key])
    const server = await open(openVerifier(issuer.url), () => {
      throw error
    })

    expect(await server.get(...bearer()(issuer))).toMatchObject({
      status: 500,
      body: 'Internal Server Error',
    })
    expect(server.thrown).toEqual([error])
  })

  it('hands on what is no refusal', async () => {
    const bug = new RangeError('a bug')
    const broken = { ...openVerifier('https://auth.example.com'), verify: () => Promise.reject(bug) }
    const server = await open(broken, () => ({}))

    expect(await server.get('Bearer a')).toMatchObject({ status: 500 })
    expect(server.thrown).toEqual([bug])
  })
})

it.each([requireInExpress, requireInFetch])(
  'takes a wrong scope, role or address for a mistake of its maker',
  (requireAccessToken) => {
    const verifier = openVerifier('https://auth.example.com')

    expect(() => requireAccessToken(verifier, { scope: 'a  b' })).toThrow(TypeError)
    expect(() => requireAccessToken(verifier, { roles: [''] })).toThrow(TypeError)
    expect(() => requireAccessToken(verifier, { resourceMetadata: '/metadata' })).toThrow(TypeError)
  },
)

/** Frameworks spell the type of JSON in two ways, and both are right (RFC 8259 §11: it has no charset). */
function typed<A extends { headers: object }>(
  answer: A,
  like: { headers: Readonly<Record<string, unknown>> },
): A {
  const { 'content-type': type } = like.headers
  expect(['application/json; charset=utf-8', 'application/json']).toContain(type)
  return { ...answer, headers: { ...answer.headers, 'content-type': type } }
}
