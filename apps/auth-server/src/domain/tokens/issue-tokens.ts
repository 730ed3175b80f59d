import { type Clock, formatScope, type Seconds, type TokenResponse } from '@countersign/shared'
import type { Authorization } from '../authorizations/authorization.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { accessTokenClaims } from './access-token.ts'

export interface IssueTokensDeps {
  readonly keyRing: KeyRing
  readonly issuer: string
  readonly now: Clock
  readonly accessTokenLifetime: Seconds
}

/** Turns an authorization into the answer of the token endpoint (RFC 6749 §5.1). The only mint of access tokens. */
export async function issueTokens(
  deps: IssueTokensDeps,
  authorization: Authorization,
): Promise<TokenResponse> {
  const claims = accessTokenClaims(authorization, {
    issuer: deps.issuer,
    now: deps.now(),
    lifetime: deps.accessTokenLifetime,
  })
  const { scope, refreshToken } = authorization

  return {
    access_token: await deps.keyRing.sign('at+jwt', claims),
    token_type: 'Bearer',
    expires_in: deps.accessTokenLifetime,
    ...(scope.length > 0 && { scope: formatScope(scope) }),
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
  }
}
