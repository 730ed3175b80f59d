import { type Clock, formatScope, parseScope, type Seconds } from '@countersign/shared'
import { AccessTokenError } from '../error.ts'
import { type JsonObject, malformed } from './parse.ts'

/**
 * The claims of a verified token, as the issuer wrote them (RFC 9068 §2.2). The types of the named ones are proven.
 * @example
 * import type { VerifiedClaims } from '@countersign/access-token-verifier'
 *
 * export function displayName({ name, preferred_username, sub }: VerifiedClaims): string {
 *   return name ?? preferred_username ?? sub
 * }
 */
export interface VerifiedClaims extends KnownClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: Seconds
}

/**
 * What a token says, once all of it is proven.
 * @example
 * import type { VerifiedAccessToken } from '@countersign/access-token-verifier'
 *
 * export function isOfUser({ subject, clientId }: VerifiedAccessToken): boolean {
 *   return subject !== clientId
 * }
 */
export interface VerifiedAccessToken {
  /** Whom the token speaks for: a user, or the client itself (RFC 9068 §2.2). */
  readonly subject: string
  /** The client it was issued to. Absent when the issuer does not say. */
  readonly clientId?: string
  /** The granted scope values (RFC 6749 §3.3). Empty when nothing was granted. */
  readonly scope: readonly string[]
  readonly audience: readonly string[]
  /** What the user may do and belongs to, where the issuer says it in lists of texts (RFC 9068 §2.2.3.1). Often empty. */
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  readonly expiresAt: Seconds
  readonly claims: VerifiedClaims
}

/** What claims are compared with. */
export interface ClaimExpectations {
  readonly issuer: string
  readonly audience: string
  readonly clockTolerance: Seconds
  readonly now: Clock
}

/** The claims we read. Their types are proven and nothing else. */
export interface KnownClaims {
  readonly iss?: string
  readonly sub?: string
  readonly aud?: string | readonly string[]
  readonly exp?: Seconds
  readonly nbf?: Seconds
  readonly iat?: Seconds
  readonly jti?: string
  readonly client_id?: string
  readonly scope?: string
  readonly auth_time?: Seconds
  readonly name?: string
  readonly preferred_username?: string
  readonly roles?: unknown
  readonly groups?: unknown
  readonly [claim: string]: unknown
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isInstant = (value: unknown): boolean => Number.isFinite(value)
const isAudience = (value: unknown): boolean => isText(value) || (Array.isArray(value) && value.every(isText))

const CLAIM_TYPES: readonly (readonly [claim: string, isRight: (value: unknown) => boolean])[] = [
  ['iss', isText],
  ['sub', isText],
  ['aud', isAudience],
  ['exp', isInstant],
  ['nbf', isInstant],
  ['iat', isInstant],
  ['jti', isText],
  ['client_id', isText],
  ['scope', (value) => typeof value === 'string' && parseScope(value) !== undefined],
  ['auth_time', isInstant],
  ['name', isText],
  ['preferred_username', isText],
]

/** Proves the types of the claims we read. An absent claim fails later, where it is compared. Throws `malformed`. */
export function parseClaims(claims: JsonObject): KnownClaims {
  for (const [claim, isRight] of CLAIM_TYPES) {
    if (claims[claim] !== undefined && !isRight(claims[claim]))
      throw malformed(`has a ${claim} that is not valid`)
  }
  return claims as KnownClaims
}

/** Throws `wrong_issuer` unless `iss` is the issuer, character by character. */
export function assertIssuer<Claims extends KnownClaims>(
  claims: Claims,
  { issuer: expected }: ClaimExpectations,
): asserts claims is Claims & Pick<VerifiedClaims, 'iss'> {
  const { iss: actual } = claims
  if (actual === expected) return
  throw new AccessTokenError('wrong_issuer', `This access token is not from ${expected}: get one there.`, {
    expected,
    ...(actual === undefined ? {} : { actual }),
  })
}

/** Throws `wrong_audience` unless `aud` names the audience, alone or among others (RFC 7519 §4.1.3). */
export function assertAudience<Claims extends KnownClaims>(
  claims: Claims,
  { audience: expected }: ClaimExpectations,
): asserts claims is Claims & Pick<VerifiedClaims, 'aud'> {
  const { aud: actual } = claims
  if (actual === expected || (Array.isArray(actual) && actual.includes(expected))) return
  throw new AccessTokenError(
    'wrong_audience',
    `This access token is not for ${expected}: ask for one that is.`,
    { expected, ...(actual === undefined ? {} : { actual: listOf(actual).join(' ') }) },
  )
}

/**
 * Throws `expired` (RFC 7519 §4.1.4), and `malformed` for a token without `exp`, which would be valid for ever
 * (RFC 9068 §2.2).
 */
export function assertExpiry<Claims extends KnownClaims>(
  claims: Claims,
  { now, clockTolerance }: ClaimExpectations,
): asserts claims is Claims & Pick<VerifiedClaims, 'exp'> {
  const { exp } = claims
  const instant = now()
  if (exp === undefined) throw malformed('does not say when it expires (exp)')
  if (instant < exp + clockTolerance) return
  throw new AccessTokenError('expired', 'This access token has expired: get a new one.', {
    expected: `exp after ${instant}`,
    actual: String(exp),
  })
}

/** Throws `not_yet_valid` for a time in the future (RFC 7519 §4.1.5, §4.1.6). An absent claim says nothing. */
export function assertStart(
  claim: 'nbf' | 'iat',
  claims: KnownClaims,
  { now, clockTolerance }: ClaimExpectations,
): void {
  const instant = now()
  const start = claims[claim]
  if (start === undefined || start <= instant + clockTolerance) return
  throw new AccessTokenError(
    'not_yet_valid',
    'This access token is not valid yet: wait a moment, or compare the clocks of its issuer and this server.',
    { expected: `${claim} not after ${instant}`, actual: String(start) },
  )
}

/** Throws `malformed` without a subject (RFC 9068 §2.2). */
export function assertSubject<Claims extends KnownClaims>(
  claims: Claims,
): asserts claims is Claims & Pick<VerifiedClaims, 'sub'> {
  if (!claims.sub) throw malformed('has no subject (sub)')
}

/** Throws `insufficient_scope` unless every required scope value was granted (RFC 6750 §3.1). */
export function assertScope(granted: readonly string[], requiredScope: readonly string[]): void {
  if (requiredScope.every((value) => granted.includes(value))) return
  const expected = formatScope(requiredScope)
  throw new AccessTokenError(
    'insufficient_scope',
    `This request needs the scope ${expected}: ask for an access token that has it.`,
    { expected, actual: formatScope(granted), requiredScope },
  )
}

/** Throws `insufficient_scope` unless the token names every required role: RFC 6750 §3.1 has no other word for it. */
export function assertRoles(roles: readonly string[], required: readonly string[]): void {
  if (required.every((role) => roles.includes(role))) return
  const names = required.join(', ')
  throw new AccessTokenError(
    'insufficient_scope',
    `This request needs the ${required.length === 1 ? 'role' : 'roles'} ${names}: the user has less, or the access token does not say so.`,
    { expected: names, actual: roles.join(', ') },
  )
}

/**
 * Claims that an issuer writes into other tokens and never into an access token: ID tokens (OIDC Core §2, §3.3.2.11; FAPI 1.0
 * part 2 §5.1), logout tokens and security events (RFC 8417 §2.2).
 */
const FOREIGN_CLAIMS: readonly string[] = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events']

/** What `assertAccessTokenClaims` asks for, in words. */
export const ACCESS_TOKEN_CLAIMS: string = `client_id, and no ${FOREIGN_CLAIMS.join(', ')}`

/**
 * Throws `wrong_type` for claims that are not those of an access token. It replaces the type where the type says nothing.
 * Every access token has a `client_id` (RFC 9068 §2.2). An ID token has none; it says `azp` instead.
 */
export function assertAccessTokenClaims(claims: KnownClaims): void {
  const foreign = FOREIGN_CLAIMS.find((claim) => Object.hasOwn(claims, claim))
  if (claims.client_id && foreign === undefined) return
  throw new AccessTokenError(
    'wrong_type',
    'This token is not an access token, by its claims: send the access_token of the token response.',
    { expected: ACCESS_TOKEN_CLAIMS, actual: foreign ?? 'no client_id' },
  )
}

/**
 * What verified claims say. Deeply frozen, because one cached value serves many requests: a change by one request would
 * look like the issuer's word to the next.
 */
export function createVerifiedToken(claims: VerifiedClaims): VerifiedAccessToken {
  return deepFreeze({
    subject: claims.sub,
    ...(claims.client_id === undefined ? {} : { clientId: claims.client_id }),
    scope: parseScope(claims.scope ?? '') ?? [],
    audience: listOf(claims.aud),
    roles: textsOf(claims.roles),
    groups: textsOf(claims.groups),
    expiresAt: claims.exp,
    claims,
  })
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) deepFreeze(member)
  return value
}

/** Issuers write these claims in many forms. One that is no list of texts says nothing here, and `claims` has it as it is. */
function textsOf(claim: unknown): readonly string[] {
  return Array.isArray(claim) ? claim.filter((one) => typeof one === 'string') : []
}

/** One audience or several, as a list. */
export function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}
