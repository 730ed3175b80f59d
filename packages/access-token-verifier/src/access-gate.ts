import type { IncomingMessage } from 'node:http'
import { parseBearer, protectedResourceMetadataUrl } from '@countersign/shared'
import type { ChallengeOptions } from './challenge.ts'
import type { VerifiedAccessToken } from './claims.ts'
import { AccessTokenError } from './error.ts'
import { type AccessRequirement, parseRequiredScope } from './required-scope.ts'
import type { AccessTokenVerifier } from './verifier.ts'

/** What a route asks for, and what its refusals point to. */
export interface RequireAccessTokenOptions extends AccessRequirement, ChallengeOptions {}

/** What `requireAccessToken` is in every framework, less the framework. */
export interface AccessGate {
  /** The verified token of a request with these `Authorization` headers. Throws or rejects with `AccessTokenError`. */
  readonly admit: (authorization: readonly string[]) => Promise<VerifiedAccessToken>
  /** What every refusal of this gate points to. */
  readonly challengeOptions: ChallengeOptions
}

/**
 * A gate that lets requests pass with a token that has the scope. `resourceMetadata` is by default the well-known address
 * of the verifier's audience (RFC 9728 §3.1). A scope or address that cannot be is a `TypeError` at once.
 */
export function createAccessGate(
  verifier: AccessTokenVerifier,
  options: RequireAccessTokenOptions,
): AccessGate {
  const requirement = { scope: parseRequiredScope(options) }
  const resourceMetadata = options.resourceMetadata ?? defaultResourceMetadata(verifier.audience)
  if (resourceMetadata !== undefined && !URL.canParse(resourceMetadata)) {
    throw new TypeError('requireAccessToken: resourceMetadata must be a URL.')
  }
  return {
    admit: (authorization) => verifier.verify(requireBearer(authorization), requirement),
    challengeOptions: resourceMetadata === undefined ? {} : { resourceMetadata },
  }
}

/**
 * Every `Authorization` header of a request. From the raw ones: Node.js drops a second one from `headers` without a word,
 * and sorts all the others to make `headersDistinct`.
 */
export function authorizationHeaders(
  request: Pick<IncomingMessage, 'rawHeaders' | 'headers'>,
): readonly string[] {
  const { rawHeaders } = request
  const found: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (name.length === 13 && name.toLowerCase() === 'authorization') found.push(rawHeaders[index + 1] ?? '')
  }
  if (found.length > 0) return found
  // Where a platform makes requests up (serverless adapters), there may be no raw ones.
  const { authorization } = request.headers
  return authorization === undefined ? [] : [authorization]
}

/** A plain name as audience has no address. */
function defaultResourceMetadata(audience: string): string | undefined {
  return URL.canParse(audience) ? protectedResourceMetadataUrl(audience) : undefined
}

function requireBearer(headers: readonly string[]): string {
  const credentials = parseBearer(headers)
  switch (credentials.kind) {
    case 'token':
      return credentials.token
    case 'malformed':
      throw new AccessTokenError('invalid_request', credentials.because)
    case 'absent':
      throw new AccessTokenError(
        'missing',
        'This request needs an access token: send it as Authorization: Bearer, one space, the token.',
      )
    default:
      throw credentials satisfies never
  }
}
