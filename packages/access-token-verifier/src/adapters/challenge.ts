import type { AccessTokenError, AccessTokenErrorCode } from '../error.ts'

/**
 * How a refusal is answered, for any framework. Header names are in lower case. The body is to be sent as JSON.
 * @example
 * import type { ServerResponse } from 'node:http'
 * import type { Challenge } from '@countersign/access-token-verifier'
 *
 * export function send(response: ServerResponse, { status, headers, body }: Challenge): void {
 *   response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body))
 * }
 */
export interface Challenge {
  readonly status: 400 | 401 | 403 | 503
  readonly headers: Readonly<Record<string, string>>
  /** Without `error` when the request had no token: it did nothing wrong (RFC 6750 §3.1). */
  readonly body: { readonly error?: string; readonly error_description: string }
}

/**
 * What a challenge may add for the client.
 * @example
 * import type { ChallengeOptions } from '@countersign/access-token-verifier'
 *
 * export const options: ChallengeOptions = {
 *   resourceMetadata: 'https://api.example.com/.well-known/oauth-protected-resource',
 * }
 */
export interface ChallengeOptions {
  /** Where the resource describes itself, so that a client can find the issuer (RFC 9728 §5.1). */
  readonly resourceMetadata?: string
}

const INVALID_TOKEN = { status: 401, error: 'invalid_token' } as const
const UNAVAILABLE = { status: 503, error: 'temporarily_unavailable' } as const

/** The one place where a code becomes a status and an error on the wire (RFC 6750 §3.1). */
const ANSWERS: Readonly<Record<AccessTokenErrorCode, { status: Challenge['status']; error?: string }>> = {
  missing: { status: 401 },
  invalid_request: { status: 400, error: 'invalid_request' },
  malformed: INVALID_TOKEN,
  too_large: INVALID_TOKEN,
  unknown_key: INVALID_TOKEN,
  bad_signature: INVALID_TOKEN,
  wrong_algorithm: INVALID_TOKEN,
  wrong_type: INVALID_TOKEN,
  wrong_issuer: INVALID_TOKEN,
  wrong_audience: INVALID_TOKEN,
  expired: INVALID_TOKEN,
  not_yet_valid: INVALID_TOKEN,
  revoked: INVALID_TOKEN,
  insufficient_scope: { status: 403, error: 'insufficient_scope' },
  keys_unavailable: UNAVAILABLE,
  status_unavailable: UNAVAILABLE,
}

/** For an outage that does not say how long it takes. */
const DEFAULT_RETRY_AFTER_SECONDS = 5

/**
 * The answer to a refused request: status, headers and body (RFC 6750 §3, RFC 9728 §5.1). An outage of ours is a 503 with
 * `Retry-After` and no challenge, because another token would not help.
 * @example
 * import { AccessTokenError, challenge } from '@countersign/access-token-verifier'
 *
 * const answer = challenge(new AccessTokenError('expired', 'This access token has expired: get a new one.'))
 * console.assert(answer.status === 401)
 */
export function challenge(error: AccessTokenError, options: ChallengeOptions = {}): Challenge {
  const { status, error: code } = ANSWERS[error.code]
  const description = toDescription(error.message)
  return {
    status,
    headers: {
      'cache-control': 'no-store',
      ...(status === 503
        ? { 'retry-after': String(error.retryAfter ?? DEFAULT_RETRY_AFTER_SECONDS) }
        : { 'www-authenticate': bearerChallenge(error, code, description, options) }),
    },
    body:
      code === undefined
        ? { error_description: description }
        : { error: code, error_description: description },
  }
}

function bearerChallenge(
  { requiredScope }: AccessTokenError,
  code: string | undefined,
  description: string,
  { resourceMetadata }: ChallengeOptions,
): string {
  const parameters: string[] = []
  if (code !== undefined) {
    parameters.push(`error=${quote(code)}`, `error_description=${quote(description)}`)
    if (requiredScope?.length) parameters.push(`scope=${quote(requiredScope.join(' '))}`)
  }
  if (resourceMetadata !== undefined) parameters.push(`resource_metadata=${quote(resourceMetadata)}`)
  return parameters.length === 0 ? 'Bearer' : `Bearer ${parameters.join(', ')}`
}

/** RFC 6750 §3: `error_description` is visible ASCII and space, without `"` and `\`. */
function toDescription(message: string): string {
  return message.replaceAll('"', "'").replaceAll(/[^\x20-\x7e]|\\/g, '?')
}

/** RFC 9110 §5.6.4; a character that a header must not have, such as a line break, becomes a question mark. */
function quote(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, '\\$&')}"`
}
