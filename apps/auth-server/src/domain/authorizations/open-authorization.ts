import type { Clock, Seconds } from '@countersign/shared'
import { mintId } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import type { Client } from '../clients/client.ts'
import { holdEnabledClient } from '../clients/client-store.ts'
import type { Access } from '../clients/grant-access.ts'
import { openWithStatus } from '../status/allocate-status.ts'
import type { User } from '../users/user.ts'
import { holdProvenUser } from '../users/user-store.ts'
import type { Authorization } from './authorization.ts'
import { insertAuthorization } from './authorization-store.ts'
import { holdAudience } from './hold-audience.ts'
import { limitAuthorizations } from './limit-authorizations.ts'
import { mintFirstRefreshToken } from './refresh-token.ts'
import { insertRefreshToken } from './refresh-token-store.ts'

export interface OpenAuthorizationDeps {
  readonly db: Database
  readonly now: Clock
  readonly accessTokenLifetime: Seconds
  /** How long a user's authorization can be kept alive by refreshing, however busy it is. */
  readonly refreshTokenLifetime: Seconds
  /** How long a refresh token lives unused. */
  readonly refreshTokenIdleLifetime: Seconds
}

/** Who signed in where, and what they get. */
export interface SignedInUser {
  readonly client: Client
  readonly user: User
  readonly access: Access
}

/**
 * Opens the authorization of a user who has just signed in, with a refresh token when the client may use one: remembered
 * before any access token exists. `undefined` when user or client was disabled since, the password changed, or the
 * client narrowed: whoever does that while this is under way comes after it.
 */
export async function openUserAuthorization(
  { db, now, accessTokenLifetime, refreshTokenLifetime, refreshTokenIdleLifetime }: OpenAuthorizationDeps,
  { client, user, access }: SignedInUser,
): Promise<Authorization | undefined> {
  const at = now()
  const until = at + refreshTokenLifetime
  const granted = { id: mintId('az'), subject: user.id, ...access }
  const refreshToken = client.grantTypes.includes('refresh_token')
    ? mintFirstRefreshToken({
        authorizationId: granted.id,
        issuedAt: at,
        expiresAt: Math.min(at + refreshTokenIdleLifetime, until),
      })
    : undefined
  // The grant by which somebody signed in may be taken away: they have done so rightly.
  const grant = refreshToken && 'refresh_token'
  const record = {
    ...granted,
    clientId: client.id,
    authenticatedAt: at,
    tokensExpireAt: at + accessTokenLifetime,
    refreshExpiresAt: refreshToken && until,
    ended: false,
  }

  const status = await openWithStatus(db, at, async (transaction, status) => {
    if (!(await holdProvenUser(transaction, user, at))) return { kind: 'done', result: undefined }
    if (!(await holdEnabledClient(transaction, client.id, { ...access, grant })))
      return { kind: 'done', result: undefined }
    await holdAudience(transaction, access)
    if (!(await insertAuthorization(transaction, { ...record, status }, at))) return { kind: 'taken' }
    if (refreshToken) await insertRefreshToken(transaction, refreshToken.unused)
    return { kind: 'done', result: status }
  })
  if (!status) return undefined
  if (refreshToken)
    await limitAuthorizations(db, { clientId: client.id, subject: user.id, opened: granted.id }, at)
  return {
    ...granted,
    client,
    signedIn: { user, at },
    status,
    ...(refreshToken && { refreshToken: refreshToken.token }),
  }
}
