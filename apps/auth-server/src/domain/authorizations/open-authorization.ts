import type { Clock, Seconds } from '@countersign/shared'
import { mintId } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import type { Client } from '../clients/client.ts'
import { holdEnabledClient } from '../clients/client-store.ts'
import type { Access } from '../clients/grant-access.ts'
import { assignStatus } from '../status/assign-status.ts'
import type { User } from '../users/user.ts'
import { holdProvenUser } from '../users/user-store.ts'
import type { Authorization } from './authorization.ts'
import { insertAuthorization } from './authorization-store.ts'

export interface OpenAuthorizationDeps {
  readonly db: Database
  readonly now: Clock
  readonly accessTokenLifetime: Seconds
  /** How long a user's authorization can be kept alive by refreshing, however busy it is. */
  readonly refreshTokenLifetime: Seconds
}

/**
 * Opens the authorization of a user who has just signed in: one row, remembered before any token exists. `undefined` when
 * user or client was disabled since, or the password changed: whoever does that while this is under way comes after it.
 */
export async function openUserAuthorization(
  { db, now, accessTokenLifetime, refreshTokenLifetime }: OpenAuthorizationDeps,
  { client, user, access }: { readonly client: Client; readonly user: User; readonly access: Access },
): Promise<Authorization | undefined> {
  const at = now()
  const refreshable = client.grantTypes.includes('refresh_token')
  const until = at + refreshTokenLifetime
  const granted = { id: mintId('az'), subject: user.id, ...access }
  const record = {
    ...granted,
    clientId: client.id,
    authenticatedAt: at,
    tokensExpireAt: at + accessTokenLifetime,
    refreshExpiresAt: refreshable ? until : undefined,
    ended: false,
  }

  const status = await db.transaction().execute(async (transaction) => {
    if (!(await holdProvenUser(transaction, user))) return undefined
    if (!(await holdEnabledClient(transaction, client.id))) return undefined
    return assignStatus(transaction, at, (status) =>
      insertAuthorization(transaction, { ...record, status }, at),
    )
  })
  if (!status) return undefined
  return {
    ...granted,
    client,
    signedIn: { user, at },
    status,
    refreshToken: refreshable ? { kind: 'first', until } : { kind: 'none' },
  }
}
