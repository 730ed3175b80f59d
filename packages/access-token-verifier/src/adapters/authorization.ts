import { parseBearer, protectedResourceMetadataUrl } from '@countersign/shared'
import type { ChallengeOptions } from './challenge.ts'
import type { VerifiedAccessToken } from '../token/claims.ts'
import { AccessTokenError } from '../error.ts'
import { type AccessRequirement, parseRequiredScope } from '../token/required-scope.ts'
import type { AccessTokenVerifier } from '../verifier.ts'

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

/** What is read of a request. Only Node.js's own has all of it: platforms and tests make up requests with less. */
export interface RequestHeaders {
  readonly rawHeaders?: readonly string[] | undefined
  readonly headers?: Headers | Readonly<Record<string, string | readonly string[] | undefined>> | undefined
}

/**
 * Every `Authorization` header of a request. From the raw ones: Node.js drops a second one from `headers` without a word,
 * and sorts all the others to make `headersDistinct`. Where a platform makes requests up (serverless adapters), there may
 * be no raw ones, and the names of the others as they were sent.
 */
export function authorizationHeaders({ rawHeaders, headers }: RequestHeaders): readonly string[] {
  const raw = Array.isArray(rawHeaders) ? rawAuthorization(rawHeaders) : []
  if (raw.length > 0 || !headers) return raw

  // Two headers come as one with a comma between them, which no token has: they are refused as malformed.
  if (isHeaders(headers)) return textsOf(headers.get('authorization'))
  return Object.entries(headers).flatMap(([name, value]) => (isAuthorization(name) ? textsOf(value) : []))
}

function rawAuthorization(rawHeaders: readonly string[]): readonly string[] {
  const found: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (isAuthorization(rawHeaders[index])) found.push(...textsOf(rawHeaders[index + 1]))
  }
  return found
}

function isHeaders(headers: NonNullable<RequestHeaders['headers']>): headers is Headers {
  return typeof headers.get === 'function'
}

function isAuthorization(name: unknown): boolean {
  return typeof name === 'string' && name.length === 13 && name.toLowerCase() === 'authorization'
}

function textsOf(value: unknown): readonly string[] {
  return [value].flat().filter((text) => typeof text === 'string')
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
