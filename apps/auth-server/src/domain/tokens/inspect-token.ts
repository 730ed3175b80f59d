import { type Clock, parseScope, type Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import type { AuthorizationRecord } from '../authorizations/authorization.ts'
import { findAuthorization } from '../authorizations/authorization-store.ts'
import { findPresentedRefreshToken, hasExpired } from '../authorizations/presented-refresh-token.ts'
import { audienceOf } from '../clients/requested-access.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { ACCESS_TOKEN_TYPES } from '../resources/resource.ts'
import { authorizationIdOf } from './access-token.ts'

export interface InspectTokenDeps {
  readonly db: Database
  readonly keyRing: KeyRing
  readonly issuer: string
  readonly now: Clock
}

/** A token of ours that somebody presents. */
export interface InspectedToken {
  readonly kind: 'access_token' | 'refresh_token'
  readonly authorization: AuthorizationRecord
  /** Whether a resource server, or the token endpoint, would take it now (RFC 7662 §2.2). */
  readonly active: boolean
  /** What was granted with this very token. */
  readonly scope: readonly string[]
  readonly audience: readonly string[]
  readonly issuedAt: Seconds
  readonly expiresAt: Seconds
  /** The `jti` of an access token. */
  readonly id: string | undefined
}

/**
 * Finds out what a presented string is; its form tells, without a hint. `undefined` when it is no token of ours, or an
 * access token that has expired. A refresh token is found whether it was used or not, even when its row is gone.
 */
export function inspectToken(deps: InspectTokenDeps, token: string): Promise<InspectedToken | undefined> {
  return token.startsWith('rt_') ? inspectRefreshToken(deps, token) : inspectAccessToken(deps, token)
}

async function inspectRefreshToken(
  { db, now, issuer }: InspectTokenDeps,
  token: string,
): Promise<InspectedToken | undefined> {
  const found = await findPresentedRefreshToken(db, token)
  const authorization = found && (await findAuthorization(db, found.authorizationId))
  if (!authorization) return undefined

  return {
    kind: 'refresh_token',
    authorization,
    active:
      !authorization.revoked &&
      authorization.refreshExpiresAt !== undefined &&
      found.kind === 'unused' &&
      !hasExpired(found, now()),
    scope: authorization.scope,
    audience: audienceOf(issuer, authorization.audience),
    issuedAt: found.record?.issuedAt ?? 0,
    expiresAt: found.expiresAt,
    id: undefined,
  }
}

async function inspectAccessToken(
  { db, keyRing, issuer }: InspectTokenDeps,
  token: string,
): Promise<InspectedToken | undefined> {
  const claims = await keyRing.verify(ACCESS_TOKEN_TYPES, token)
  if (claims?.iss !== issuer || claims.jti === undefined || claims.exp === undefined) return undefined
  const authorization = await findAuthorization(db, authorizationIdOf(claims.jti))
  if (!authorization) return undefined

  return {
    kind: 'access_token',
    authorization,
    active: !authorization.revoked,
    scope: parseScope(typeof claims.scope === 'string' ? claims.scope : '') ?? [],
    audience: [claims.aud ?? []].flat(),
    issuedAt: claims.iat ?? 0,
    expiresAt: claims.exp,
    id: claims.jti,
  }
}
