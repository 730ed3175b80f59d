/** Koa's adapter of the verifier. The only file of the package that mentions Koa; nothing else imports it. */
import type { Middleware, ParameterizedContext } from 'koa'
import { AccessTokenError } from '../error.ts'
import type { VerifiedAccessToken } from '../token/claims.ts'
import type { AccessTokenVerifier } from '../verifier.ts'
import { type RequireAccessTokenOptions, readBearerToken, readRouteOptions } from './authorization.ts'
import { type ChallengeOptions, challenge } from './challenge.ts'

export type { RequireAccessTokenOptions } from './authorization.ts'

/** What `requireAccessToken` leaves in `ctx.state`. */
export interface AccessTokenState {
  /** The verified token; whoever comes after the middleware can rely on it. */
  accessToken: VerifiedAccessToken
  /** Why the request was refused, for the request log to name. Absent on every other request. */
  accessTokenError?: AccessTokenError
}

/**
 * Lets a request pass with a verified access token that has the scope, and answers every other itself (RFC 6750 §3).
 * `resourceMetadata` is by default the well-known address of the verifier's audience (RFC 9728 §3.1). A scope or address
 * that cannot be is a `TypeError` at once. Whatever is no `AccessTokenError` is thrown on.
 */
export function requireAccessToken(
  verifier: AccessTokenVerifier,
  options: RequireAccessTokenOptions = {},
): Middleware<AccessTokenState> {
  const { requirement, challengeOptions } = readRouteOptions(verifier, options)

  return async (ctx, next) => {
    try {
      ctx.state.accessToken = await verifier.verify(readBearerToken(ctx.req), requirement)
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
