import { type Clock, parseScope, type Seconds } from '@countersign/shared'
import { AccessTokenError } from '../error.ts'
import type { JsonObject } from './json.ts'
import { malformed } from './parse.ts'

/** The claims of a verified token, as the issuer wrote them (RFC 9068 §2.2); the types of the named ones are proven. */
export interface VerifiedClaims extends KnownClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: Seconds
}

/** What a token says, once all of it is proven. */
export interface VerifiedAccessToken {
  /** Whom the token speaks for: a user, or the client itself (RFC 9068 §2.2). */
  readonly subject: string
  /** The client it was issued to; absent when the issuer does not say. */
  readonly clientId?: string
  /** The granted scope values (RFC 6749 §3.3); empty when nothing was granted. */
  readonly scope: readonly string[]
  readonly audience: readonly string[]
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

/** The claims we read, their types proven and nothing else. */
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

/** Proves the types of the claims we read; what is absent fails later, where its value would. Throws `malformed`. */
export function parseClaims(claims: JsonObject): KnownClaims {
  for (const [claim, isRight] of CLAIM_TYPES) {
    if (claims[claim] !== undefined && !isRight(claims[claim]))
      throw malformed(`has a ${claim} that is not valid`)
  }
  return claims as KnownClaims
}

/** Throws `wrong_issuer` unless `iss` is the issuer, character by character. */
export function verifyIssuer({ iss: actual }: KnownClaims, { issuer: expected }: ClaimExpectations): void {
  if (actual === expected) return
  throw new AccessTokenError('wrong_issuer', `This access token is not from ${expected}: get one there.`, {
    expected,
    ...(actual === undefined ? {} : { actual }),
  })
}

/** Throws `wrong_audience` unless `aud` names the audience, alone or among others (RFC 7519 §4.1.3). */
export function verifyAudience(
  { aud: actual }: KnownClaims,
  { audience: expected }: ClaimExpectations,
): void {
  if (actual === expected || (Array.isArray(actual) && actual.includes(expected))) return
  throw new AccessTokenError(
    'wrong_audience',
    `This access token is not for ${expected}: ask for one that is.`,
    {
      expected,
      ...(actual === undefined ? {} : { actual: listOf(actual).join(' ') }),
    },
  )
}

/** RFC 7519 §4.1.4. A token without `exp` would be good for ever, so it is not one (RFC 9068 §2.2). */
export function verifyExpiry({ exp }: KnownClaims, { now, clockTolerance }: ClaimExpectations): void {
  const instant = now()
  if (exp === undefined) throw malformed('does not say when it expires (exp)')
  if (instant < exp + clockTolerance) return
  throw new AccessTokenError('expired', 'This access token has expired: get a new one.', {
    expected: `exp after ${instant}`,
    actual: String(exp),
  })
}

/** RFC 7519 §4.1.5, §4.1.6. Throws `not_yet_valid` for an instant ahead; a claim that is absent says nothing. */
export function verifyStart(
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

/**
 * What an issuer writes into its other tokens and into no access token: into ID tokens (OIDC Core §2, §3.3.2.11; FAPI 1.0
 * part 2 §5.1), logout tokens and security events (RFC 8417 §2.2).
 */
const CLAIMS_OF_OTHERS: readonly string[] = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events']

/**
 * Throws `wrong_type` for claims that are not an access token's: where the type says nothing, they have to. A `client_id` is
 * what every access token has (RFC 9068 §2.2) and no ID token; whose name for it is `azp`.
 */
export function verifyKind(claims: KnownClaims): void {
  const foreign = CLAIMS_OF_OTHERS.find((claim) => Object.hasOwn(claims, claim))
  if (claims.client_id && foreign === undefined) return
  throw new AccessTokenError(
    'wrong_type',
    'This token is not an access token, by its claims: send the access_token of the token response.',
    { expected: EXPECTED_KIND, actual: foreign ?? 'no client_id' },
  )
}

/** What `verifyKind` asks for, in words. */
export const EXPECTED_KIND: string = `client_id, and no ${CLAIMS_OF_OTHERS.join(', ')}`

/** Throws `malformed` without a subject (RFC 9068 §2.2). */
export function verifySubject({ sub }: KnownClaims): void {
  if (!sub) throw malformed('has no subject (sub)')
}

/**
 * What claims say that have passed every check. Frozen through and through: one value may serve many requests, and what
 * one of them wrote into it the next would take for the issuer's word.
 */
export function verifiedToken({
  claims,
  scope,
}: {
  readonly claims: KnownClaims
  readonly scope: readonly string[]
}): VerifiedAccessToken {
  const { iss, sub, aud, exp } = claims
  if (iss === undefined || !sub || aud === undefined || exp === undefined) {
    // Only a list of checks that has lost one comes here: that is a bug, and no token passes by it.
    throw new Error('a token passed without the claims that the checks require')
  }
  return deepFreeze({
    subject: sub,
    ...(claims.client_id === undefined ? {} : { clientId: claims.client_id }),
    scope,
    audience: listOf(aud),
    expiresAt: exp,
    claims: { ...claims, iss, sub, aud, exp },
  })
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) deepFreeze(member)
  return value
}

/** The granted scope values. */
export function scopeOf({ scope }: KnownClaims): readonly string[] {
  return parseScope(scope ?? '') ?? []
}

/** One audience or several, as a list. */
export function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}
