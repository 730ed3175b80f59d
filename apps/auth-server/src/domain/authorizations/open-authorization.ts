import type { Clock, Seconds } from '@countersign/shared'
import { mintId } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import type { Client } from '../clients/client.ts'
import type { Access } from '../clients/grant-access.ts'
import type { User } from '../users/user.ts'
import type { Authorization } from './authorization.ts'
import { insertAuthorization } from './authorization-store.ts'

export interface OpenAuthorizationDeps {
  readonly db: Database
  readonly now: Clock
  readonly accessTokenLifetime: Seconds
}

/** Opens the authorization of a user who has just signed in: one row, remembered before any token exists. */
export async function openUserAuthorization(
  { db, now, accessTokenLifetime }: OpenAuthorizationDeps,
  granted: { readonly client: Client; readonly user: User; readonly access: Access },
): Promise<Authorization> {
  const at = now()
  const authorization: Authorization = {
    id: mintId('az'),
    client: granted.client,
    subject: granted.user.id,
    scope: granted.access.scope,
    audience: granted.access.audience,
    signedIn: { user: granted.user, at },
  }
  await insertAuthorization(db, authorization, { now: at, tokensExpireAt: at + accessTokenLifetime })
  return authorization
}
