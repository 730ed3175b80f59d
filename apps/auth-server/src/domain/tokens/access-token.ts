import { type AccessTokenClaims, formatScope, type Seconds, type StatusClaim } from '@countersign/shared'
import { ID_LENGTH, mintId } from '../../oauth/secret.ts'
import type { Authorization } from '../authorizations/authorization.ts'
import { audienceOf } from '../clients/requested-access.ts'
import { type StatusReference, statusListUri } from '../status/status-list.ts'
import { claimsAbout } from '../users/user.ts'

/** The claims of an access token (RFC 9068 §2.2) for an authorization, from the instant of the request on. */
export function accessTokenClaims(
  authorization: Authorization,
  token: { readonly issuer: string; readonly lifetime: Seconds },
): AccessTokenClaims {
  const { client, subject, issuedAt, scope, audience, signedIn, status } = authorization
  const named = audienceOf(token.issuer, audience)
  const [onlyAudience, ...moreAudiences] = named

  return {
    iss: token.issuer,
    sub: subject,
    aud: onlyAudience !== undefined && moreAudiences.length === 0 ? onlyAudience : named,
    client_id: client.id,
    iat: issuedAt,
    exp: issuedAt + token.lifetime,
    // It holds the id of the authorization, by which the token is revoked without a row of its own.
    jti: mintId(authorization.id),
    ...(scope.length > 0 && { scope: formatScope(scope) }),
    ...(status && { status: statusClaim(token.issuer, status) }),
    ...(signedIn && { auth_time: signedIn.at, ...claimsAbout(signedIn.user, scope) }),
  }
}

function statusClaim(issuer: string, { list, index }: StatusReference): StatusClaim {
  return { status_list: { idx: index, uri: statusListUri(issuer, list) } }
}

/** The id of the authorization an access token of ours belongs to: its `jti` less the random part. */
export function authorizationIdOf(jti: string): string {
  return jti.slice(0, jti.length - '_'.length - ID_LENGTH)
}
