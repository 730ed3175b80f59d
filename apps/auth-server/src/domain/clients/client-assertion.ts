import type { Clock, Seconds } from '@countersign/shared'
import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose'
import type { Database } from '../../storage/database.ts'
import { consumeAssertion } from './client-assertion-store.ts'
import { ASSERTION_ALGORITHMS, usableKeys } from './client-jwks.ts'

export interface ClientAssertionDeps {
  readonly db: Database
  readonly now: Clock
  /** The names of this server an assertion may be addressed to, each alone. */
  readonly assertionAudiences: readonly string[]
}

/** An assertion is made for one request, but common libraries sign for an hour. It is accepted once in any case. */
const MAX_ASSERTION_LIFETIME: Seconds = 3600

/** What an assertion may call itself (RFC 7523bis §3): any other type is another kind of JWT (RFC 8725 §3.11). */
const TYPES: readonly string[] = ['jwt', 'client-authentication+jwt']

/** How far a client's clock may be off. */
const CLOCK_TOLERANCE: Seconds = 5

export type AssertionOutcome =
  | { readonly kind: 'proven' }
  /** `because` is there for an assertion that the client has signed. Nobody else is told what is wrong. */
  | { readonly kind: 'refused'; readonly because?: string }

/**
 * Finds out whether an assertion authenticates a client (RFC 7523 §3, with the audience rule of its revision): it is signed
 * by one of the client's keys, issued by the client about itself, for this server alone, for an hour at most, and new.
 */
export async function proveClientAssertion(
  deps: ClientAssertionDeps,
  assertion: string,
  client: { readonly id: string; readonly jwks: JSONWebKeySet },
): Promise<AssertionOutcome> {
  const signed = await verifySignature(assertion, client.jwks, deps.now())
  if (signed.kind === 'unsigned') return { kind: 'refused' }
  if (signed.kind === 'untimely')
    return refused('has expired, or is not valid yet: set the clock of the client')

  const { header, claims } = signed
  const problem = headerProblem(header) ?? claimsProblem(claims, client.id, deps)
  if (problem !== undefined) return refused(problem)

  const { jti, exp } = claims as { jti: string; exp: Seconds }
  // Last, so that only an assertion that is good in every other way is consumed. Replicas share the table.
  const fresh = await consumeAssertion(deps.db, {
    clientId: client.id,
    jti,
    expiresAt: Math.ceil(exp) + CLOCK_TOLERANCE,
  })
  return fresh ? { kind: 'proven' } : refused('was used before')
}

type Signed =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'untimely' }
  | { readonly kind: 'signed'; readonly header: JWTHeaderParameters; readonly claims: JWTPayload }

/** jose checks the times after the signature. An assertion with wrong times was therefore signed by the client. */
async function verifySignature(assertion: string, jwks: JSONWebKeySet, now: Seconds): Promise<Signed> {
  const options = {
    algorithms: [...ASSERTION_ALGORITHMS],
    clockTolerance: CLOCK_TOLERANCE,
    currentDate: new Date(now * 1000),
  }
  try {
    const { payload, protectedHeader } = await verifyByAnyKey(assertion, jwks, options)
    return { kind: 'signed', header: protectedHeader, claims: payload }
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { kind: 'untimely' }
    if (error instanceof errors.JWTClaimValidationFailed) return { kind: 'untimely' }
    if (error instanceof errors.JOSEError) return { kind: 'unsigned' }
    throw error
  }
}

/** An assertion without a `kid` is tried against each key that fits. */
async function verifyByAnyKey(assertion: string, jwks: JSONWebKeySet, options: JWTVerifyOptions) {
  try {
    return await jwtVerify(assertion, createLocalJWKSet(usableKeys(jwks)), options)
  } catch (several) {
    if (!(several instanceof errors.JWKSMultipleMatchingKeys)) throw several
    for await (const key of several) {
      try {
        return await jwtVerify(assertion, key, options)
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/**
 * What is wrong with the header of an assertion that the client has signed. A JWT of another type, such as a DPoP proof by
 * the same key, may make the same claims and be meant for another purpose.
 */
function headerProblem({ typ, cty, b64 }: JWTHeaderParameters): string | undefined {
  // A type may leave out "application/", and its case does not count (RFC 7515 §4.1.9).
  if (typ !== undefined && !isOfType(typ)) {
    return 'must have JWT or client-authentication+jwt as typ, or none'
  }
  // RFC 7519 §5.2: there is a cty when claims are not claims, but another JWT.
  return cty === undefined && b64 === undefined ? undefined : 'must have neither cty nor b64 in its header'
}

function isOfType(typ: unknown): boolean {
  return typeof typ === 'string' && TYPES.includes(typ.toLowerCase().replace(/^application\//, ''))
}

/** What is wrong with the claims of an assertion that the client has signed, as the end of a sentence. */
function claimsProblem(
  { iss, sub, aud, exp, iat, jti }: JWTPayload,
  clientId: string,
  { assertionAudiences, now }: ClientAssertionDeps,
): string | undefined {
  const [audience, ...more] = [aud ?? []].flat()
  if (iss !== clientId || sub !== clientId) return 'must have the client id as iss and sub'
  // With two audiences, another server could present it here.
  if (audience === undefined || more.length > 0 || !assertionAudiences.includes(audience)) {
    return `must have ${assertionAudiences[0]} alone as aud`
  }
  if (exp === undefined || exp > now() + MAX_ASSERTION_LIFETIME + CLOCK_TOLERANCE)
    return 'must have an exp at most an hour away'
  if (iat !== undefined && iat > now() + CLOCK_TOLERANCE)
    return 'is issued in the future: set the clock of the client'
  if (typeof jti !== 'string' || !/^\P{Cc}{1,255}$/u.test(jti))
    return 'must have a jti of 1 to 255 characters'
  return undefined
}

function refused(because: string): AssertionOutcome {
  return { kind: 'refused', because }
}
