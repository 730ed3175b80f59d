import { type AccessTokenClaims, formatScope, type Seconds } from '@countersign/shared'
import { mintId } from '../../oauth/secret.ts'
import type { Authorization } from '../authorizations/authorization.ts'
import { claimsAbout } from '../users/user.ts'

/** The claims of an access token (RFC 9068 §2.2) for an authorization, from now until the end of its lifetime. */
export function accessTokenClaims(
  authorization: Authorization,
  token: { readonly issuer: string; readonly now: Seconds; readonly lifetime: Seconds },
): AccessTokenClaims {
  const { client, subject, scope, audience, signedIn } = authorization
  const [onlyAudience, ...moreAudiences] = audience

  return {
    iss: token.issuer,
    sub: subject,
    aud: onlyAudience !== undefined && moreAudiences.length === 0 ? onlyAudience : audience,
    client_id: client.id,
    iat: token.now,
    exp: token.now + token.lifetime,
    jti: mintId('at'),
    ...(scope.length > 0 && { scope: formatScope(scope) }),
    ...(signedIn && { auth_time: signedIn.at, ...claimsAbout(signedIn.user, scope) }),
  }
}
