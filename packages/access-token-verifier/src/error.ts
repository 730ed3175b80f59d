import type { Seconds } from '@countersign/shared'

/** Why an access token is refused, one word for programs. The last two are outages of ours, not faults of the token. */
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

/** What an error knows besides its code. For the log of the resource server; only `requiredScope` and `retryAfter` travel. */
export interface AccessTokenEvidence {
  /** What the verifier asked for. */
  readonly expected?: string
  /** What it found instead. Written by whoever made the token, so it is cut to 200 characters. */
  readonly actual?: string
  /** With `insufficient_scope`: every scope value the request needs. */
  readonly requiredScope?: readonly string[]
  /** With an outage: when it is worth asking again. */
  readonly retryAfter?: Seconds
  readonly cause?: unknown
}

/** Long enough for any honest name, short enough for a log line. */
const MAX_EVIDENCE_CHARACTERS = 200

/**
 * The one error of this package about a token. Its message is a sentence a client may read: it says what is wrong and
 * what to do next, and never holds the token. Misuse of the package is a `TypeError` instead.
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
