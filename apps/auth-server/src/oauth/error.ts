import type { Seconds } from '@countersign/shared'

/**
 * Every reason to refuse, and how it is answered: the status and the error code on the wire (RFC 6749 §5.2). The headers
 * that belong to an answer are in `OAuthError.responseHeaders`, below.
 *
 * This folder owns the words and the pure rules of the protocol. It does no I/O, reads no clock and knows no Koa.
 */
const ANSWERS = {
  invalid_request: { status: 400, error: 'invalid_request' },
  body_too_large: { status: 413, error: 'invalid_request' },
  wrong_content_type: { status: 415, error: 'invalid_request' },
  wrong_method: { status: 405, error: 'invalid_request' },
  not_found: { status: 404, error: 'invalid_request' },
  invalid_client: { status: 401, error: 'invalid_client' },
  invalid_grant: { status: 400, error: 'invalid_grant' },
  unauthorized_client: { status: 400, error: 'unauthorized_client' },
  unsupported_grant_type: { status: 400, error: 'unsupported_grant_type' },
  unsupported_token_type: { status: 400, error: 'unsupported_token_type' },
  invalid_scope: { status: 400, error: 'invalid_scope' },
  invalid_target: { status: 400, error: 'invalid_target' },
  too_many_attempts: { status: 429, error: 'temporarily_unavailable' },
  overloaded: { status: 503, error: 'temporarily_unavailable' },
  database_unavailable: { status: 503, error: 'temporarily_unavailable' },
  outcome_unknown: { status: 503, error: 'temporarily_unavailable' },
  server_error: { status: 500, error: 'server_error' },
} as const satisfies Record<string, { status: number; error: string }>

export type Reason = keyof typeof ANSWERS

/**
 * What an operator watches for: refusals, changes of the signing keys, and a clock that jumps. Each is one line in the log,
 * and docs/operations.md says what to do about it.
 */
export const SECURITY_EVENTS = [
  'client_authentication_failed',
  'user_authentication_failed',
  'refresh_token_reused',
  'token_revoked',
  'rate_limited',
  'key_published',
  'key_activated',
  'key_retired',
  'key_removed',
  'key_revoked',
  'key_refused',
  'clock_doubted',
] as const

export type SecurityEvent = (typeof SECURITY_EVENTS)[number]

export interface OAuthErrorOptions {
  /** For the log only. */
  readonly detail?: string
  readonly cause?: unknown
  /** The user it is about, for the log: the id of one who exists, never a name that was typed. */
  readonly sub?: string | undefined
  readonly event?: SecurityEvent
  /** When the same request may succeed. */
  readonly retryAfter?: Seconds
}

/**
 * A refusal. The description is for the client: one sentence that names no secret and no internals. Status, error code and
 * headers follow from the reason and the options; no throw names them.
 */
export class OAuthError extends Error {
  override readonly name = 'OAuthError'
  readonly reason: Reason
  readonly options: OAuthErrorOptions

  constructor(reason: Reason, description: string, options: OAuthErrorOptions = {}) {
    super(description, { cause: options.cause })
    this.reason = reason
    this.options = options
  }

  get status(): number {
    return ANSWERS[this.reason].status
  }

  /** The error code on the wire. */
  get code(): string {
    return ANSWERS[this.reason].error
  }

  /** The headers of the answer. The router adds `Allow` to a 405, from the methods of its routes. */
  get responseHeaders(): Readonly<Record<string, string>> {
    const { retryAfter } = this.options
    return {
      // RFC 9110 §15.5.2: a 401 names how to authenticate, whichever way the client tried.
      ...(this.status === 401 && { 'www-authenticate': 'Basic realm="countersign"' }),
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    }
  }
}
