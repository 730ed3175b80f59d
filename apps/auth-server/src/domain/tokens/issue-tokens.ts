import { formatScope, type TokenResponse } from '@countersign/shared'
import type { Authorization } from '../authorizations/authorization.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { accessTokenClaims } from './access-token.ts'
import { mintFirstRefreshToken, type RefreshTokenDeps } from './refresh-token.ts'

export interface IssueTokensDeps extends RefreshTokenDeps {
  readonly keyRing: KeyRing
  readonly issuer: string
}

/** Turns an authorization into the answer of the token endpoint (RFC 6749 §5.1). The only mint. */
export async function issueTokens(
  deps: IssueTokensDeps,
  authorization: Authorization,
): Promise<TokenResponse> {
  const claims = accessTokenClaims(authorization, {
    issuer: deps.issuer,
    now: deps.now(),
    lifetime: deps.accessTokenLifetime,
  })
  const refreshToken = await refreshTokenOf(deps, authorization)

  return {
    access_token: await deps.keyRing.sign('at+jwt', claims),
    token_type: 'Bearer',
    expires_in: deps.accessTokenLifetime,
    ...(authorization.scope.length > 0 && { scope: formatScope(authorization.scope) }),
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
  }
}

function refreshTokenOf(
  deps: IssueTokensDeps,
  { id, refreshToken }: Authorization,
): Promise<string | undefined> | string | undefined {
  switch (refreshToken.kind) {
    case 'none':
      return undefined
    case 'first':
      return mintFirstRefreshToken(deps, { id, until: refreshToken.until })
    case 'successor':
      return refreshToken.token
    default:
      throw refreshToken satisfies never
  }
}
