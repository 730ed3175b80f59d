import { formatScope, MAX_ACCESS_TOKEN_BYTES, type Seconds, type TokenResponse } from '@countersign/shared'
import { OAuthError } from '../../oauth/error.ts'
import type { Authorization } from '../authorizations/authorization.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { accessTokenClaims } from './access-token.ts'

export interface IssueTokensDeps {
  readonly keyRing: KeyRing
  readonly issuer: string
  readonly accessTokenLifetime: Seconds
}

/**
 * Issues the tokens of an authorization, as the token endpoint answers them (RFC 6749 §5.1). Access tokens are made here and
 * nowhere else. Throws `invalid_scope` for a token that would be too large for any resource server.
 */
export async function issueTokens(
  deps: IssueTokensDeps,
  authorization: Authorization,
): Promise<TokenResponse> {
  const claims = accessTokenClaims(authorization, {
    issuer: deps.issuer,
    lifetime: deps.accessTokenLifetime,
  })
  const { scope, refreshToken } = authorization
  const accessToken = await deps.keyRing.sign(authorization.tokenType, claims)
  if (accessToken.length > MAX_ACCESS_TOKEN_BYTES) {
    throw new OAuthError(
      'invalid_scope',
      'The access token would be larger than 8 KiB, which no resource server takes: ask for fewer scope values or resources.',
    )
  }

  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: deps.accessTokenLifetime,
    ...(scope.length > 0 && { scope: formatScope(scope) }),
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
  }
}
