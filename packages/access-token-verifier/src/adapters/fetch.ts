/** The Fetch API's adapter of the verifier: for handlers that take a `Request` and answer with a `Response`. */

import { AccessTokenError } from '../error.ts'
import type { VerifiedAccessToken } from '../token/claims.ts'
import type { AccessTokenVerifier } from '../verifier.ts'
import { type RequireAccessTokenOptions, readBearerToken, readRouteOptions } from './authorization.ts'
import { type ChallengeOptions, challenge } from './challenge.ts'

export type { RequireAccessTokenOptions } from './authorization.ts'

/** Either the verified token, or the response to answer with and the reason, for the request log to name. */
export type Authorized =
  | { readonly accessToken: VerifiedAccessToken; readonly response?: undefined; readonly error?: undefined }
  | { readonly accessToken?: undefined; readonly response: Response; readonly error: AccessTokenError }

/** Finds out whether a request may pass. */
export type Authorize = (request: Pick<Request, 'headers'>) => Promise<Authorized>

/**
 * Makes a function that finds the verified access token of a request, or the response that refuses it (RFC 6750 §3).
 * `resourceMetadata` is by default the well-known address of the verifier's audience (RFC 9728 §3.1). A scope or address
 * that cannot be is a `TypeError` at once. Whatever is no `AccessTokenError` is thrown on.
 */
export function requireAccessToken(
  verifier: AccessTokenVerifier,
  options: RequireAccessTokenOptions = {},
): Authorize {
  const { requirement, challengeOptions } = readRouteOptions(verifier, options)

  return async ({ headers }) => {
    try {
      return { accessToken: await verifier.verify(readBearerToken({ headers }), requirement) }
    } catch (error) {
      if (!(error instanceof AccessTokenError)) throw error
      return { error, response: refuse(error, challengeOptions) }
    }
  }
}

/** The response to a refusal. For rules only the route knows, such as a client's own token where a user is needed. */
export function refuse(error: AccessTokenError, options: ChallengeOptions = {}): Response {
  const { status, headers, body } = challenge(error, options)
  return Response.json(body, { status, headers })
}
