/**
 * Express's adapter of the verifier. It imports nothing of Express: its middleware needs no more of a request and a response
 * than what Node.js gives them, so that any framework with middleware of this form can use it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AccessTokenError } from '../error.ts'
import type { VerifiedAccessToken } from '../token/claims.ts'
import type { AccessTokenVerifier } from '../verifier.ts'
import { type RequireAccessTokenOptions, readBearerToken, readRouteOptions } from './authorization.ts'
import { type ChallengeOptions, challenge } from './challenge.ts'

export type { RequireAccessTokenOptions } from './authorization.ts'

/** What `requireAccessToken` leaves at the request. */
export interface AccessTokenRequest {
  /** The verified token; present in whatever comes after the middleware. */
  accessToken?: VerifiedAccessToken
  /** Why the request was refused, for the request log to name. Absent on every other request. */
  accessTokenError?: AccessTokenError
}

declare global {
  // biome-ignore lint/style/noNamespace: the one way Express has to give its requests a member.
  namespace Express {
    interface Request extends AccessTokenRequest {}
  }
}

/** Middleware as Express calls it. */
export type ExpressMiddleware = (
  request: IncomingMessage & AccessTokenRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => Promise<void>

/**
 * Lets a request pass with a verified access token that has the scope, and answers every other itself (RFC 6750 §3).
 * `resourceMetadata` is by default the well-known address of the verifier's audience (RFC 9728 §3.1). A scope or address
 * that cannot be is a `TypeError` at once. Whatever is no `AccessTokenError` goes to Express's error handler.
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
    // Outside the try: a refusal of what comes after is not this middleware's to answer.
    next()
  }
}

/**
 * Answers a request with a refusal, and leaves the error where the request log finds it. For rules only the route knows,
 * such as a client's own token where a user is needed.
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
