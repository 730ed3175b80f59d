/**
 * An issuer for other people's tests: it signs tokens, good and bad, and answers for its keys and statuses through a
 * `fetch` of its own, so that the real verifier runs and no network is needed. Never for production: its key is new in
 * every process, and it signs anything it is asked to.
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type Clock, encodeStatusList, type StatusListClaims, systemClock } from '@countersign/shared'
import { signJws } from './token/signature.ts'

/**
 * What may be chosen of a test issuer.
 * @example
 * import type { TestIssuerOptions } from '@countersign/access-token-verifier/testing'
 *
 * export const options: TestIssuerOptions = { audience: 'https://api.example.com', now: () => 1_790_000_000 }
 */
export interface TestIssuerOptions {
  /** Its name; `https://issuer.test` by default. */
  readonly issuer?: string
  /** Whom its tokens are for; `https://api.test` by default. */
  readonly audience?: string
  /** Its clock, for tests that move it; hand the same one to the verifier. */
  readonly now?: Clock
}

/**
 * Claims to add to a token or to change in it. `undefined` leaves one out.
 * @example
 * import type { TestClaims } from '@countersign/access-token-verifier/testing'
 *
 * export const ofAlice: TestClaims = { sub: 'usr_alice', scope: 'orders', client_id: undefined }
 */
export type TestClaims = Readonly<Record<string, unknown>>

/**
 * An issuer without a network. Every token is for `usr_test` and from the client `test-client`, unless the claims say otherwise.
 * @example
 * import { createAccessTokenVerifier } from '@countersign/access-token-verifier'
 * import { createTestIssuer, type TestIssuer } from '@countersign/access-token-verifier/testing'
 *
 * const issuer: TestIssuer = createTestIssuer()
 * const { subject } = await createAccessTokenVerifier(issuer).verify(issuer.token())
 * console.assert(subject === 'usr_test')
 */
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
const TOKEN_LIFETIME_SECONDS = 300

/**
 * Creates a test issuer. Pass it to `createAccessTokenVerifier` as its options: it has `issuer`, `audience`, `fetch` and `now`.
 * @example
 * import { createAccessTokenVerifier } from '@countersign/access-token-verifier'
 * import { createTestIssuer } from '@countersign/access-token-verifier/testing'
 *
 * const issuer = createTestIssuer({ audience: 'https://api.example.com' })
 * const verifier = createAccessTokenVerifier(issuer)
 * const token = await verifier.verify(issuer.token({ scope: 'orders' }), { scope: 'orders' })
 * console.assert(token.scope.includes('orders'))
 */
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
    exp: now() + TOKEN_LIFETIME_SECONDS,
    jti: crypto.randomUUID(),
    status: { status_list: { uri, idx } },
    ...changes,
  })
  const accessToken = (claims: TestClaims, key: KeyObject = own.privateKey) =>
    signJws({ alg: 'RS256', typ: 'at+jwt', kid: KID }, claims, key)

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
      accessToken(claimsOf({ iat: now() - TOKEN_LIFETIME_SECONDS, exp: now() - 60, ...claims }, VALID)),
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
  return signJws({ alg: 'RS256', typ: 'statuslist+jwt', kid: KID }, claims, key)
}
