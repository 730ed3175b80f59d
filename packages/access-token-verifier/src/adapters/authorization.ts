/**
 * What the adapters share: reading a request and its options. This folder owns the way between a framework and the verifier:
 * where a request has its token, and how a refusal is answered. It owns no decision about a token. An adapter imports no
 * other adapter.
 */
import { parseBearer, protectedResourceMetadataUrl } from '@countersign/shared'
import { AccessTokenError } from '../error.ts'
import { type AccessRequirement, parseRequiredRoles, parseRequiredScope } from '../options.ts'
import type { AccessTokenVerifier } from '../verifier.ts'
import type { ChallengeOptions } from './challenge.ts'

/**
 * What a route asks for, and what its refusals point to.
 * @example
 * import type { RequireAccessTokenOptions } from '@countersign/access-token-verifier/koa'
 *
 * export const options: RequireAccessTokenOptions = {
 *   scope: ['orders', 'profile'],
 *   roles: ['clerk'],
 *   resourceMetadata: 'https://api.example.com/.well-known/oauth-protected-resource',
 * }
 */
export interface RequireAccessTokenOptions extends AccessRequirement, ChallengeOptions {}

/** The options of a route, once they are known to be right. */
export interface RouteOptions {
  readonly requirement: AccessRequirement
  readonly challengeOptions: ChallengeOptions
}

/**
 * Checks the options of a route. `resourceMetadata` is by default the well-known address of the verifier's audience (RFC 9728
 * §3.1). A scope, role or address that is not valid is a `TypeError` at once.
 */
export function readRouteOptions(
  verifier: AccessTokenVerifier,
  options: RequireAccessTokenOptions,
): RouteOptions {
  const resourceMetadata = options.resourceMetadata ?? defaultResourceMetadata(verifier.audience)
  if (resourceMetadata !== undefined && !URL.canParse(resourceMetadata)) {
    throw new TypeError('requireAccessToken: resourceMetadata must be a URL.')
  }
  return {
    requirement: { scope: parseRequiredScope(options), roles: parseRequiredRoles(options) },
    challengeOptions: resourceMetadata === undefined ? {} : { resourceMetadata },
  }
}

/** The access token of a request (RFC 6750 §2.1). Throws `missing` or `invalid_request`. */
export function readBearerToken(request: RequestHeaders): string {
  const credentials = parseBearer(authorizationHeaders(request))
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

/** What we read of a request. Only a request of Node.js itself has all of it: platforms and tests make requests with less. */
export interface RequestHeaders {
  readonly rawHeaders?: readonly string[] | undefined
  readonly headers?: Headers | Readonly<Record<string, string | readonly string[] | undefined>> | undefined
}

/**
 * Every `Authorization` header of a request. It reads the raw headers, because Node.js silently drops a second one from
 * `headers`, and sorts all headers to make `headersDistinct`. Where a platform makes the requests (serverless adapters), there
 * may be no raw headers, and the other ones have their names as they were sent.
 */
export function authorizationHeaders({ rawHeaders, headers }: RequestHeaders): readonly string[] {
  const raw = Array.isArray(rawHeaders) ? rawAuthorization(rawHeaders) : []
  if (raw.length > 0 || !headers) return raw

  // Two headers come as one with a comma between them. No token has a comma, so they are refused as malformed.
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

/** An audience that is a plain name has no address. */
function defaultResourceMetadata(audience: string): string | undefined {
  return URL.canParse(audience) ? protectedResourceMetadataUrl(audience) : undefined
}
