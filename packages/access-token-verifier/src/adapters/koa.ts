/** The adapter for Koa. The only file of the package that mentions Koa; nothing else imports it. */
import type { Middleware, ParameterizedContext } from 'koa'
import { AccessTokenError } from '../error.ts'
import type { VerifiedAccessToken } from '../token/claims.ts'
import type { AccessTokenVerifier } from '../verifier.ts'
import { type RequireAccessTokenOptions, readBearerToken, readRouteOptions } from './authorization.ts'
import { type ChallengeOptions, challenge } from './challenge.ts'

export type { RequireAccessTokenOptions } from './authorization.ts'

/**
 * What `requireAccessToken` leaves in `ctx.state`.
 * @example
 * import Koa from 'koa'
 * import type { AccessTokenState } from '@countersign/access-token-verifier/koa'
 *
 * const app = new Koa<AccessTokenState>()
 * app.use((ctx) => {
 *   ctx.body = { hello: ctx.state.accessToken.subject }
 * })
 */
export interface AccessTokenState {
  /** The verified token. Everything after the middleware can rely on it. */
  accessToken: VerifiedAccessToken
  /** Why the request was refused, for the request log. Absent on every other request. */
  accessTokenError?: AccessTokenError
}

/**
 * Middleware that passes on a request with a verified access token that has the scope and names the roles, and answers every
 * other request itself (RFC 6750 §3). `resourceMetadata` is by default the well-known address of the verifier's audience (RFC
 * 9728 §3.1). A scope, role or address that is not valid is a `TypeError` at once. Every error but `AccessTokenError` is thrown on.
 * @example
 * import Koa from 'koa'
 * import { createAccessTokenVerifier } from '@countersign/access-token-verifier'
 * import { type AccessTokenState, requireAccessToken } from '@countersign/access-token-verifier/koa'
 *
 * const verifier = createAccessTokenVerifier({
 *   issuer: 'https://auth.example.com',
 *   audience: 'https://api.example.com',
 * })
 * const app = new Koa<AccessTokenState>()
 * app.use(requireAccessToken(verifier, { scope: 'orders' }))
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
    // Outside the try: an error of what comes after is not for this middleware to answer.
    await next()
  }
}

/**
 * Answers a request with a refusal, and leaves the error for the request log. For rules that only the route knows, such as a
 * client's own token where a user is needed.
 * @example
 * import { AccessTokenError } from '@countersign/access-token-verifier'
 * import { type AccessTokenState, refuse } from '@countersign/access-token-verifier/koa'
 * import type { Middleware } from 'koa'
 *
 * export const usersOnly: Middleware<AccessTokenState> = (ctx, next) => {
 *   const { subject, clientId } = ctx.state.accessToken
 *   if (subject !== clientId) return next()
 *   refuse(ctx, new AccessTokenError('insufficient_scope', 'This request needs a user: sign one in.'))
 * }
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
