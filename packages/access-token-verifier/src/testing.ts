/**
 * An issuer for other people's tests: it signs tokens, good and bad, and answers for its keys and statuses through a
 * `fetch` of its own, so that the real verifier runs and no network is needed. Never for production: its key is new in
 * every process, and whoever holds the issuer can sign anything.
 */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { type Clock, encodeStatusList, type StatusListClaims, systemClock } from '@countersign/shared'

/** What may be chosen of a test issuer. */
export interface TestIssuerOptions {
  /** Its name; `https://issuer.test` by default. */
  readonly issuer?: string
  /** Whom its tokens are for; `https://api.test` by default. */
  readonly audience?: string
  /** Its clock, for tests that move it; hand the same one to the verifier. */
  readonly now?: Clock
}

/** Claims to add to a token or to change in it; `undefined` leaves one out. */
export type TestClaims = Readonly<Record<string, unknown>>

/** An issuer without a network. Every token is for `usr_test`, from the client `test-client`, unless the claims say else. */
export interface TestIssuer {
  readonly issuer: string
  readonly audience: string
  /** Answers for metadata, key set and status list, and nothing else. */
  readonly fetch: typeof fetch
  readonly now: Clock
  /** A good token: accepted. */
  readonly token: (claims?: TestClaims) => string
  /** Refused as `expired`: good until a minute ago. */
  readonly expiredToken: (claims?: TestClaims) => string
  /** Refused as `bad_signature`: somebody else's, under this issuer's name. */
  readonly foreignToken: (claims?: TestClaims) => string
  /** Refused as `revoked`: its status is set. */
  readonly revokedToken: (claims?: TestClaims) => string
}

const KID = 'test-key'
/** The whole list: the first index is valid, the second is not. It never changes, so no test waits for it. */
const VALID = 0
const REVOKED = 1
/** In seconds. */
const LIFETIME = 300

/** Creates a test issuer. Hand it to `createAccessTokenVerifier` as its options: `issuer`, `audience`, `fetch`, `now`. */
export function createTestIssuer(options: TestIssuerOptions = {}): TestIssuer {
  const { issuer = 'https://issuer.test', audience = 'https://api.test', now = systemClock } = options
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 })
  let foreign: KeyObject | undefined
  const uri = `${issuer.replace(/\/$/, '')}/status-lists/test`

  const claimsOf = (changes: TestClaims, idx: number): TestClaims => ({
    iss: issuer,
    aud: audience,
    sub: 'usr_test',
    client_id: 'test-client',
    iat: now(),
    exp: now() + LIFETIME,
    jti: crypto.randomUUID(),
    status: { status_list: { uri, idx } },
    ...changes,
  })
  const accessToken = (claims: TestClaims, key: KeyObject = own.privateKey) => signJwt('at+jwt', claims, key)

  return {
    issuer,
    audience,
    now,
    fetch: answering(issuer, (path) => {
      if (path === '/jwks') return Response.json(keySetOf(own.publicKey))
      if (path === new URL(uri).pathname) return new Response(statusList(uri, now(), own.privateKey))
      return undefined
    }),
    token: (claims = {}) => accessToken(claimsOf(claims, VALID)),
    expiredToken: (claims = {}) =>
      accessToken(claimsOf({ iat: now() - LIFETIME, exp: now() - 60, ...claims }, VALID)),
    foreignToken: (claims = {}) => {
      foreign ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
      return accessToken(claimsOf(claims, VALID), foreign)
    },
    revokedToken: (claims = {}) => accessToken(claimsOf(claims, REVOKED)),
  }
}

/** A `fetch` that knows the metadata of an issuer, and what else lies below its origin. */
function answering(issuer: string, find: (path: string) => Response | undefined): typeof fetch {
  const { origin } = new URL(issuer)
  return async (input) => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (url.origin !== origin) throw new TypeError(`The test issuer does not answer for ${url.origin}.`)
    if (url.pathname.startsWith('/.well-known/oauth-authorization-server')) {
      return Response.json({ issuer, jwks_uri: `${origin}/jwks` })
    }
    return find(url.pathname) ?? new Response('There is nothing at this address.', { status: 404 })
  }
}

function keySetOf(key: KeyObject): unknown {
  return { keys: [{ ...key.export({ format: 'jwk' }), kid: KID, use: 'sig', alg: 'RS256' }] }
}

function statusList(uri: string, now: number, key: KeyObject): string {
  const claims: StatusListClaims = {
    sub: uri,
    iat: now,
    exp: now + 86_400,
    ttl: 3600,
    status_list: { bits: 1, lst: encodeStatusList([REVOKED], 8) },
  }
  return signJwt('statuslist+jwt', claims, key)
}

function signJwt(typ: string, claims: object, key: KeyObject): string {
  const input = [{ alg: 'RS256', typ, kid: KID }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
}
