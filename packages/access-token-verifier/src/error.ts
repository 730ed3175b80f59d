import type { Seconds } from '@countersign/shared'

/**
 * Why an access token is refused, one word for programs. The last two are outages of ours, not faults of the token.
 * @example
 * import type { AccessTokenErrorCode } from '@countersign/access-token-verifier'
 *
 * export const OUTAGES: readonly AccessTokenErrorCode[] = ['keys_unavailable', 'status_unavailable']
 */
export type AccessTokenErrorCode =
  | 'missing'
  | 'invalid_request'
  | 'malformed'
  | 'too_large'
  | 'unknown_key'
  | 'bad_signature'
  | 'wrong_algorithm'
  | 'wrong_type'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'expired'
  | 'not_yet_valid'
  | 'insufficient_scope'
  | 'revoked'
  | 'keys_unavailable'
  | 'status_unavailable'

/**
 * What an error knows besides its code. It is for the log of the resource server: only `requiredScope` and `retryAfter` are
 * sent to the client.
 * @example
 * import { AccessTokenError, type AccessTokenEvidence } from '@countersign/access-token-verifier'
 *
 * const evidence: AccessTokenEvidence = { expected: 'a user', requiredScope: ['profile'] }
 * const error = new AccessTokenError('insufficient_scope', 'This request needs a user: sign one in.', evidence)
 * console.assert(error.expected === 'a user')
 */
export interface AccessTokenEvidence {
  /** What the verifier asked for. */
  readonly expected?: string
  /** What it found instead. The maker of the token wrote it, so it is cut to 200 characters. */
  readonly actual?: string
  /** With `insufficient_scope`: every scope value the request needs. */
  readonly requiredScope?: readonly string[]
  /** With an outage: when it is worth trying again. */
  readonly retryAfter?: Seconds
  readonly cause?: unknown
}

/** Long enough for any real name, short enough for a log line. */
const MAX_EVIDENCE_CHARACTERS = 200

/**
 * The one error of this package about a token. Its message is a sentence a client may read: it says what is wrong and
 * what to do next, and never contains the token. Misuse of the package is a `TypeError` instead.
 * @example
 * import { AccessTokenError, type AccessTokenVerifier } from '@countersign/access-token-verifier'
 *
 * export async function isAccepted(verifier: AccessTokenVerifier, token: string): Promise<boolean> {
 *   try {
 *     await verifier.verify(token)
 *     return true
 *   } catch (error) {
 *     if (error instanceof AccessTokenError) return false
 *     throw error
 *   }
 * }
 */
export class AccessTokenError extends Error {
  override readonly name: string = 'AccessTokenError'
  readonly code: AccessTokenErrorCode
  readonly expected: string | undefined
  readonly actual: string | undefined
  readonly requiredScope: readonly string[] | undefined
  readonly retryAfter: Seconds | undefined

  constructor(code: AccessTokenErrorCode, message: string, evidence: AccessTokenEvidence = {}) {
    super(message, 'cause' in evidence ? { cause: evidence.cause } : {})
    this.code = code
    this.expected = evidence.expected
    this.actual = evidence.actual?.slice(0, MAX_EVIDENCE_CHARACTERS)
    this.requiredScope = evidence.requiredScope
    this.retryAfter = evidence.retryAfter
  }
}
