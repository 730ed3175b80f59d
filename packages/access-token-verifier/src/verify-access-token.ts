/**
 * The verification of one access token, from its text to its scope and its roles. This file owns the order of the checks. What each check
 * compares is in `token/`, and where keys and status lists come from is in `issuer/`.
 *
 * Checks that cost nothing come first. No claim is compared before the signature holds, so no answer tells a forger
 * anything. The status list comes last but what the route asks for, because it is the only check on claims that may have to wait.
 */
import type { KeyObject } from 'node:crypto'
import { assertStatus, describeStatus, parseStatus, type StatusList } from './issuer/status-list.ts'
import { type AccessRequirement, parseRequiredRoles, parseRequiredScope } from './options.ts'
import {
  ACCESS_TOKEN_CLAIMS,
  assertAccessTokenClaims,
  assertAudience,
  assertExpiry,
  assertIssuer,
  assertRoles,
  assertScope,
  assertStart,
  assertSubject,
  type ClaimExpectations,
  createVerifiedToken,
  type KnownClaims,
  listOf,
  parseClaims,
  type VerifiedAccessToken,
} from './token/claims.ts'
import {
  assertAlgorithm,
  assertTokenSize,
  assertTokenType,
  expectedTypes,
  isAccessTokenType,
  MAX_TOKEN_BYTES,
  parseJws,
  type TokenType,
} from './token/parse.ts'
import { verifySignature } from './token/signature.ts'
import type { TokenCache } from './token/token-cache.ts'

/** The steps of the verification in order. `kind` is only taken where tokens may be typed `JWT`, `roles` where some are required. */
export const STEPS = [
  'size',
  'form',
  'alg',
  'typ',
  'kid',
  'signature',
  'claims',
  'kind',
  'iss',
  'aud',
  'exp',
  'nbf',
  'iat',
  'sub',
  'status',
  'scope',
  'roles',
] as const

/** Called before each step: what it asks for, and a function that says what was there once the step has held. */
export type StepObserver = (step: (typeof STEPS)[number], expected: string, found: () => string) => void

/** The issuer's keys. */
export interface KeyFinder {
  /** The keys that may have signed a token with this `kid`. Throws `unknown_key` or `keys_unavailable`. */
  readonly find: (kid: string | undefined) => readonly KeyObject[] | Promise<readonly KeyObject[]>
  /** The key set that is believed now: the same object for as long as its keys are the same. */
  readonly current: () => object | undefined
}

/** What is needed of a status list. */
type ListedStatuses = Pick<StatusList, 'statuses'>

/** What every token is compared with. */
export interface Expectations extends ClaimExpectations {
  readonly tokenType: TokenType
  readonly keys: KeyFinder
  /** Finds the status list with a URI. Absent when the status is ignored. */
  readonly findStatusList?: (uri: string) => ListedStatuses | Promise<ListedStatuses>
  /** The tokens whose signature has held before. Absent when none are cached. */
  readonly cache?: TokenCache
  readonly observe?: StepObserver
}

/**
 * Verifies an access token (RFC 9068 §4). Throws `AccessTokenError` for the first check that fails. A cached token skips
 * everything that cannot change while the keys stay the same; its claims are compared on every request.
 */
export async function verifyAccessToken(
  token: string,
  expected: Expectations,
  required: AccessRequirement = {},
): Promise<VerifiedAccessToken> {
  const { cache, keys, findStatusList, observe } = expected
  const requiredScope = parseRequiredScope(required)
  const requiredRoles = parseRequiredRoles(required)
  const keySet = keys.current()
  const digest = cache?.digestOf(token)
  const cached = cache?.find(digest, keySet)
  const claims: KnownClaims = cached?.claims ?? (await verifySignedClaims(token, expected))

  observe?.('iss', expected.issuer, () => claims.iss ?? '')
  assertIssuer(claims, expected)
  observe?.('aud', expected.audience, () => listOf(claims.aud ?? []).join(' '))
  assertAudience(claims, expected)
  observe?.('exp', `after ${expected.now() - expected.clockTolerance}`, () => String(claims.exp))
  assertExpiry(claims, expected)
  observe?.('nbf', latestStart(expected), () => String(claims.nbf ?? 'absent'))
  assertStart('nbf', claims, expected)
  observe?.('iat', latestStart(expected), () => String(claims.iat ?? 'absent'))
  assertStart('iat', claims, expected)
  observe?.('sub', 'a subject', () => claims.sub ?? '')
  assertSubject(claims)

  observe?.('status', findStatusList ? 'valid, or none' : 'not asked for', () =>
    findStatusList ? describeStatus(claims) : 'not asked for',
  )
  const status = findStatusList && parseStatus(claims)
  if (status) {
    const list = findStatusList(status.uri)
    // A list that is at hand must not cost a turn of the event loop.
    assertStatus(list instanceof Promise ? await list : list, status.idx)
  }

  const verified = cached ?? createVerifiedToken(claims)
  // Cached only now, so that a bad token never takes the place of a good one, and only under the keys it was verified with.
  if (!cached && digest && keySet && keySet === keys.current()) cache?.add(digest, keySet, verified)

  observe?.('scope', requiredScope.join(' ') || 'any', () => claims.scope || 'none')
  assertScope(verified.scope, requiredScope)
  if (requiredRoles.length > 0) {
    observe?.('roles', requiredRoles.join(', '), () => verified.roles.join(', '))
    assertRoles(verified.roles, requiredRoles)
  }
  return verified
}

/** Takes a token apart and proves that its issuer signed it. The claims have the right types, and nothing is compared yet. */
async function verifySignedClaims(token: string, expected: Expectations): Promise<KnownClaims> {
  const { tokenType, keys, observe } = expected

  observe?.('size', `${MAX_TOKEN_BYTES} characters at most`, () => `${token.length} characters`)
  assertTokenSize(token)
  observe?.('form', 'a header, claims and a signature', () => 'all three')
  const jws = parseJws(token)
  const { header, payload } = jws

  observe?.('alg', 'RS256', () => header.alg ?? '')
  assertAlgorithm(header)
  observe?.('typ', expectedTypes(tokenType), () => header.typ ?? '')
  assertTokenType(header, tokenType)

  observe?.(
    'kid',
    'a key the issuer publishes',
    () => header.kid ?? `no kid: each of ${candidates.length} may be it`,
  )
  const found = keys.find(header.kid)
  const candidates = found instanceof Promise ? await found : found
  observe?.('signature', 'made with that key', () => 'made with that key')
  const signer = verifySignature(jws, candidates)
  // Quick signatures are verified by now, without a turn of the event loop.
  if (signer instanceof Promise) await signer

  observe?.('claims', 'each of its type', () => 'each of its type')
  const claims = parseClaims(payload)
  if (tokenType === 'JWT') {
    const isTyped = isAccessTokenType(header.typ)
    observe?.('kind', isTyped ? 'said by its type' : ACCESS_TOKEN_CLAIMS, () =>
      isTyped ? 'said by its type' : 'an access token, by its claims',
    )
    if (!isTyped) assertAccessTokenClaims(claims)
  }
  return claims
}

/** What is asked of `nbf` and `iat`, in words. */
function latestStart({ now, clockTolerance }: Expectations): string {
  return `absent, or not after ${now() + clockTolerance}`
}
