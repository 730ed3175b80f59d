/**
 * The adapter for Express. It imports nothing of Express: its middleware needs only what Node.js gives a request and a
 * response, so that any framework with middleware of this form can use it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AccessTokenError } from '../error.ts'
import type { VerifiedAccessToken } from '../token/claims.ts'
import type { AccessTokenVerifier } from '../verifier.ts'
import { type RequireAccessTokenOptions, readBearerToken, readRouteOptions } from './authorization.ts'
import { type ChallengeOptions, challenge } from './challenge.ts'

export type { RequireAccessTokenOptions } from './authorization.ts'

/**
 * What `requireAccessToken` leaves at the request. A request of Express has it by itself.
 * @example
 * import type { AccessTokenRequest } from '@countersign/access-token-verifier/express'
 *
 * export function nameOf(request: AccessTokenRequest): string | undefined {
 *   return request.accessToken?.subject
 * }
 */
export interface AccessTokenRequest {
  /** The verified token. Present in everything after the middleware. */
  accessToken?: VerifiedAccessToken
  /** Why the request was refused, for the request log. Absent on every other request. */
  accessTokenError?: AccessTokenError
}

declare global {
  // biome-ignore lint/style/noNamespace: the one way Express has to give its requests a member.
  namespace Express {
    interface Request extends AccessTokenRequest {}
  }
}

/**
 * Middleware as Express calls it.
 * @example
 * import type { ExpressMiddleware } from '@countersign/access-token-verifier/express'
 *
 * export const logRefusals: ExpressMiddleware = async (request, response, next) => {
 *   response.on('finish', () => console.log(request.accessTokenError?.code ?? 'accepted'))
 *   next()
 * }
 */
export type ExpressMiddleware = (
  request: IncomingMessage & AccessTokenRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => Promise<void>

/**
 * Middleware that passes on a request with a verified access token that has the scope and names the roles, and answers every
 * other request itself (RFC 6750 §3). `resourceMetadata` is by default the well-known address of the verifier's audience (RFC
 * 9728 §3.1). A scope, role or address that is not valid is a `TypeError` at once. Every error but `AccessTokenError` goes to Express's error handler.
 * @example
 * import express from 'express'
 * import { createAccessTokenVerifier } from '@countersign/access-token-verifier'
 * import { requireAccessToken } from '@countersign/access-token-verifier/express'
 *
 * const verifier = createAccessTokenVerifier({
 *   issuer: 'https://auth.example.com',
 *   audience: 'https://api.example.com',
 * })
 * const app = express()
 * app.get('/orders', requireAccessToken(verifier, { scope: 'orders' }), (request, response) => {
 *   response.json({ of: request.accessToken?.subject })
 * })
 */
export function requireAccessToken(
  verifier: AccessTokenVerifier,
  options: RequireAccessTokenOptions = {},
): ExpressMiddleware {
  const { requirement, challengeOptions } = readRouteOptions(verifier, options)

  return async (request, response, next) => {
    try {
      request.accessToken = await verifier.verify(readBearerToken(request), requirement)
    } catch (error) {
      if (error instanceof AccessTokenError) refuse(request, response, error, challengeOptions)
      else next(error)
      return
    }
    // Outside the try: an error of what comes after is not for this middleware to answer.
    next()
  }
}

/**
 * Answers a request with a refusal, and leaves the error for the request log. For rules that only the route knows, such as a
 * client's own token where a user is needed.
 * @example
 * import type { RequestHandler } from 'express'
 * import { AccessTokenError } from '@countersign/access-token-verifier'
 * import { refuse } from '@countersign/access-token-verifier/express'
 *
 * export const usersOnly: RequestHandler = (request, response, next) => {
 *   if (request.accessToken?.subject !== request.accessToken?.clientId) return next()
 *   const error = new AccessTokenError('insufficient_scope', 'This request needs a user: sign one in.')
 *   refuse(request, response, error)
 * }
 */
export function refuse(
  request: AccessTokenRequest,
  response: ServerResponse,
  error: AccessTokenError,
  options: ChallengeOptions = {},
): void {
  const { status, headers, body } = challenge(error, options)
  request.accessTokenError = error
  response
    .writeHead(status, { ...headers, 'content-type': 'application/json; charset=utf-8' })
    .end(JSON.stringify(body))
}
