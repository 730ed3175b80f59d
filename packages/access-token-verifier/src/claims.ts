import { parseScope, type Seconds } from '@countersign/shared'
import { AccessTokenError } from './error.ts'
import type { JsonObject } from './json.ts'
import { malformed } from './token.ts'

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
  readonly now: Seconds
}

interface KnownClaims {
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

/**
 * Compares the claims of a token whose signature held: their types, then `iss`, `aud`, `exp`, `nbf`, `iat`, `sub`.
 * Throws the first that fails. One that is required and absent fails where its value would.
 */
export function verifyClaims(untyped: JsonObject, expected: ClaimExpectations): VerifiedAccessToken {
  const claims = parseClaims(untyped)
  const iss = verifyIssuer(claims.iss, expected.issuer)
  const aud = verifyAudience(claims.aud, expected.audience)
  const exp = verifyTimes(claims, expected)
  const { sub } = claims
  if (!sub) throw malformed('has no subject (sub)')

  return {
    subject: sub,
    ...(claims.client_id === undefined ? {} : { clientId: claims.client_id }),
    scope: parseScope(claims.scope ?? '') ?? [],
    audience: listOf(aud),
    expiresAt: exp,
    claims: { ...claims, iss, sub, aud, exp },
  }
}

function parseClaims(claims: JsonObject): KnownClaims {
  for (const [claim, isRight] of CLAIM_TYPES) {
    if (claims[claim] !== undefined && !isRight(claims[claim]))
      throw malformed(`has a ${claim} that is not valid`)
  }
  return claims as KnownClaims
}

function verifyIssuer(actual: string | undefined, expected: string): string {
  if (actual === expected) return actual
  throw new AccessTokenError('wrong_issuer', `This access token is not from ${expected}: get one there.`, {
    expected,
    ...(actual === undefined ? {} : { actual }),
  })
}

function verifyAudience(
  actual: string | readonly string[] | undefined,
  expected: string,
): string | readonly string[] {
  if (actual !== undefined && listOf(actual).includes(expected)) return actual
  throw new AccessTokenError(
    'wrong_audience',
    `This access token is not for ${expected}: ask for one that is.`,
    {
      expected,
      ...(actual === undefined ? {} : { actual: listOf(actual).join(' ') }),
    },
  )
}

/** RFC 7519 §4.1.4–§4.1.6. A token without `exp` would be good for ever, so it is not one (RFC 9068 §2.2). */
function verifyTimes({ exp, nbf, iat }: KnownClaims, { now, clockTolerance }: ClaimExpectations): Seconds {
  if (exp === undefined) throw malformed('does not say when it expires (exp)')
  if (now >= exp + clockTolerance) {
    throw new AccessTokenError('expired', 'This access token has expired: get a new one.', {
      expected: `exp after ${now}`,
      actual: String(exp),
    })
  }
  for (const [claim, instant] of Object.entries({ nbf, iat })) {
    if (instant === undefined || instant <= now + clockTolerance) continue
    throw new AccessTokenError(
      'not_yet_valid',
      'This access token is not valid yet: wait a moment, or compare the clocks of its issuer and this server.',
      { expected: `${claim} not after ${now}`, actual: String(instant) },
    )
  }
  return exp
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}
