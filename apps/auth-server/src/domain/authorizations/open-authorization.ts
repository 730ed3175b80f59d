import type { Clock, Seconds } from '@countersign/shared'
import { mintId } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import type { Client } from '../clients/client.ts'
import { lockEnabledClient } from '../clients/client-store.ts'
import type { Access } from '../clients/requested-access.ts'
import { allocateStatusIndex } from '../status/allocate-status-index.ts'
import type { User } from '../users/user.ts'
import { lockUnchangedUser } from '../users/user-store.ts'
import type { Authorization } from './authorization.ts'
import { insertAuthorization } from './authorization-store.ts'
import { limitAuthorizations } from './limit-authorizations.ts'
import { lockAudienceOfUser } from './lock-audience.ts'
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

/** Who signed in at which client, and what was granted. */
export interface SignedInUser {
  readonly client: Client
  readonly user: User
  readonly access: Access
}

/**
 * Opens the authorization of a user who has just signed in, with its first refresh token when the client may use one. Both
 * rows are written before any token exists. `undefined` when the user or the client was disabled since, the password was
 * changed, or the client was narrowed. Such a change waits for the locks taken here, and then revokes what this opened.
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
  // The client need not be registered any more for the grant by which the user signed in: that was allowed at the time.
  const grant = refreshToken && 'refresh_token'
  const record = {
    ...granted,
    clientId: client.id,
    authenticatedAt: at,
    tokensExpireAt: at + accessTokenLifetime,
    refreshExpiresAt: refreshToken && until,
    revoked: false,
  }

  const status = await allocateStatusIndex(db, at, async (transaction, status) => {
    if (!(await lockUnchangedUser(transaction, user, at))) return { kind: 'done', result: undefined }
    if (!(await lockEnabledClient(transaction, client.id, { ...access, grant })))
      return { kind: 'done', result: undefined }
    await lockAudienceOfUser(transaction, access)
    if (!(await insertAuthorization(transaction, { ...record, status }, at))) return { kind: 'taken' }
    if (refreshToken) await insertRefreshToken(transaction, refreshToken.row)
    return { kind: 'done', result: status }
  })
  if (!status) return undefined
  if (refreshToken)
    await limitAuthorizations(db, { clientId: client.id, subject: user.id, opened: granted.id }, at)
  return {
    ...granted,
    client,
    issuedAt: at,
    signedIn: { user, at },
    status,
    ...(refreshToken && { refreshToken: refreshToken.token }),
  }
}
