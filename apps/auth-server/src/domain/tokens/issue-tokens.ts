import { type Clock, formatScope, type Seconds, type TokenResponse } from '@countersign/shared'
import type { Authorization } from '../authorizations/authorization.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { accessTokenClaims } from './access-token.ts'

export interface IssueTokensDeps {
  readonly keyRing: KeyRing
  readonly issuer: string
  readonly accessTokenLifetime: Seconds
  readonly now: Clock
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

  return {
    access_token: await deps.keyRing.sign('at+jwt', claims),
    token_type: 'Bearer',
    expires_in: deps.accessTokenLifetime,
    ...(authorization.scope.length > 0 && { scope: formatScope(authorization.scope) }),
  }
}
