/** Koa's door to the verifier. The only file of the package that mentions Koa; nothing else imports it. */
import { parseBearer, protectedResourceMetadataUrl } from '@countersign/shared'
import type { Middleware, ParameterizedContext } from 'koa'
import { type ChallengeOptions, challenge } from './challenge.ts'
import type { VerifiedAccessToken } from './claims.ts'
import { AccessTokenError } from './error.ts'
import { type AccessRequirement, parseRequiredScope } from './required-scope.ts'
import type { AccessTokenVerifier } from './verifier.ts'

/** What `requireAccessToken` leaves in `ctx.state`. */
export interface AccessTokenState {
  /** The verified token; whoever comes after the middleware can rely on it. */
  accessToken: VerifiedAccessToken
  /** Why the request was refused, for the request log to name. Absent on every other request. */
  accessTokenError?: AccessTokenError
}

/** What a route asks for, and what its refusals point to. */
export interface RequireAccessTokenOptions extends AccessRequirement, ChallengeOptions {}

/**
 * Lets a request pass with a verified access token that has the scope, and answers every other itself (RFC 6750 §3).
 * `resourceMetadata` is by default the well-known address of the verifier's audience (RFC 9728 §3.1). A scope or address
 * that cannot be is a `TypeError` at once. Whatever is no `AccessTokenError` is thrown on.
 */
export function requireAccessToken(
  verifier: AccessTokenVerifier,
  options: RequireAccessTokenOptions = {},
): Middleware<AccessTokenState> {
  const scope = parseRequiredScope(options)
  const resourceMetadata = options.resourceMetadata ?? defaultResourceMetadata(verifier.audience)
  if (resourceMetadata !== undefined && !URL.canParse(resourceMetadata)) {
    throw new TypeError('requireAccessToken: resourceMetadata must be a URL.')
  }
  const challengeOptions = resourceMetadata === undefined ? {} : { resourceMetadata }

  return async (ctx, next) => {
    try {
      // The distinct headers: Node.js drops a second Authorization header from the usual ones without a word.
      const token = requireBearer(ctx.req.headersDistinct.authorization ?? [])
      ctx.state.accessToken = await verifier.verify(token, { scope })
    } catch (error) {
      if (!(error instanceof AccessTokenError)) throw error
      refuse(ctx, error, challengeOptions)
      return
    }
    // Outside the try: a refusal of what comes after is not this middleware's to answer.
    await next()
  }
}

/**
 * Answers a request with a refusal, and leaves the error where the request log finds it. For rules only the route knows,
 * such as a client's own token where a user is needed.
 */
export function refuse(
  ctx: ParameterizedContext<AccessTokenState>,
  error: AccessTokenError,
  options: ChallengeOptions = {},
): void {
  const { status, headers, body } = challenge(error, options)
  ctx.state.accessTokenError = error
  ctx.status = status
  ctx.set(headers)
  ctx.body = body
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
