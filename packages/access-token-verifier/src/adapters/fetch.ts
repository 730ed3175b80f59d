/** The adapter for the Fetch API: for handlers that take a `Request` and answer with a `Response`. */
import { AccessTokenError } from '../error.ts'
import type { VerifiedAccessToken } from '../token/claims.ts'
import type { AccessTokenVerifier } from '../verifier.ts'
import { type RequireAccessTokenOptions, readBearerToken, readRouteOptions } from './authorization.ts'
import { type ChallengeOptions, challenge } from './challenge.ts'

export type { RequireAccessTokenOptions } from './authorization.ts'

/**
 * Either the verified token, or the response to answer with and the reason for the request log.
 * @example
 * import type { Authorized } from '@countersign/access-token-verifier/fetch'
 *
 * export function answer({ accessToken, response }: Authorized): Response {
 *   return response ?? Response.json({ hello: accessToken.subject })
 * }
 */
export type Authorized =
  | { readonly accessToken: VerifiedAccessToken; readonly response?: undefined; readonly error?: undefined }
  | { readonly accessToken?: undefined; readonly response: Response; readonly error: AccessTokenError }

/**
 * Finds out whether a request may pass.
 * @example
 * import type { Authorize } from '@countersign/access-token-verifier/fetch'
 *
 * export function logged(authorize: Authorize): Authorize {
 *   return async (request) => {
 *     const authorized = await authorize(request)
 *     console.log(authorized.error?.code ?? 'accepted')
 *     return authorized
 *   }
 * }
 */
export type Authorize = (request: Pick<Request, 'headers'>) => Promise<Authorized>

/**
 * Makes a function that finds the verified access token of a request, or the response that refuses it (RFC 6750 §3).
 * `resourceMetadata` is by default the well-known address of the verifier's audience (RFC 9728 §3.1). A scope, role or address
 * that is not valid is a `TypeError` at once. Every error but `AccessTokenError` is thrown on.
 * @example
 * import { createAccessTokenVerifier } from '@countersign/access-token-verifier'
 * import { requireAccessToken } from '@countersign/access-token-verifier/fetch'
 *
 * const verifier = createAccessTokenVerifier({
 *   issuer: 'https://auth.example.com',
 *   audience: 'https://api.example.com',
 * })
 * const authorize = requireAccessToken(verifier, { scope: 'orders' })
 *
 * export async function handler(request: Request): Promise<Response> {
 *   const { accessToken, response } = await authorize(request)
 *   return response ?? Response.json({ of: accessToken.subject })
 * }
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

/**
 * The response to a refusal. For rules that only the route knows, such as a client's own token where a user is needed.
 * @example
 * import { AccessTokenError } from '@countersign/access-token-verifier'
 * import { refuse } from '@countersign/access-token-verifier/fetch'
 *
 * const response = refuse(new AccessTokenError('insufficient_scope', 'This request needs a user: sign one in.'))
 * console.assert(response.status === 403)
 */
export function refuse(error: AccessTokenError, options: ChallengeOptions = {}): Response {
  const { status, headers, body } = challenge(error, options)
  return Response.json(body, { status, headers })
}
