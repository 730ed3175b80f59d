import type { Clock, Seconds } from '@countersign/shared'
import { OAuthError } from '../../oauth/error.ts'
import { hashSecret, mintId } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import type { Client } from '../clients/client.ts'
import { lockEnabledClient } from '../clients/client-store.ts'
import type { Access } from '../clients/requested-access.ts'
import { allocateStatusIndex } from '../status/allocate-status-index.ts'
import type { Authorization, AuthorizationRecord } from './authorization.ts'
import {
  extendTokensExpireAt,
  findClientAuthorization,
  insertClientAuthorization,
} from './authorization-store.ts'
import { limitAuthorizations } from './limit-authorizations.ts'
import { assertResourcesKnow, lockAudience } from './lock-audience.ts'

export interface ClientAuthorizationDeps {
  readonly db: Database
  readonly now: Clock
  readonly accessTokenLifetime: Seconds
}

/**
 * Finds the one authorization under which a client acts for itself at these resources, or opens it. Its tokens share it, so
 * that issuing one reads a row and writes none. Revoking it revokes them all, and the next request opens another. The
 * scope belongs to the token: the row says nothing of it.
 *
 * Narrowing the client or a resource revokes this authorization, and the next request opens another. A request that was
 * under way must not issue what was taken away under that other one. So the registration is asked once more, and only
 * after the authorization was found: narrowing after that revokes the authorization that was found.
 */
export async function findOrOpenClientAuthorization(
  deps: ClientAuthorizationDeps,
  client: Client,
  access: Access,
): Promise<Authorization> {
  // Sorted, so that the order in which audiences are named makes no second one. Neither ids nor audiences hold a space.
  // Hashed, because some lists of audiences are too long for an index.
  const key = hashSecret([client.id, ...[...access.audience].sort()].join(' '))
  const at = deps.now()
  for (;;) {
    const found = await findClientAuthorization(deps.db, key)
    if (!found) await open(deps, { key, at }, client, access)
    else {
      const { authorization, mayCarry, isKnownByResource } = found
      if (!mayCarry({ ...access, grant: 'client_credentials' })) throw changedMeanwhile()
      if (!isKnownByResource(access.scope)) await assertResourcesKnow(deps.db, access)
      if (await extendIfNeeded(deps, authorization, at)) {
        const { id, status } = authorization
        return { id, client, subject: client.id, issuedAt: at, ...access, ...(status && { status }) }
      }
    }
    // It was just opened, by this request or another, or just revoked or pruned. The next look tells.
  }
}

async function open(
  { db, accessTokenLifetime }: ClientAuthorizationDeps,
  { key, at }: { readonly key: string; readonly at: Seconds },
  client: Client,
  access: Access,
): Promise<void> {
  const record = {
    id: mintId('az'),
    clientId: client.id,
    subject: client.id,
    scope: [],
    audience: access.audience,
    authenticatedAt: undefined,
    tokensExpireAt: at + 2 * accessTokenLifetime,
    refreshExpiresAt: undefined,
    revoked: false,
  }
  const outcome = await allocateStatusIndex(db, at, async (transaction, status) => {
    if (!(await lockEnabledClient(transaction, client.id, { ...access, grant: 'client_credentials' })))
      return { kind: 'done', result: 'disabled' }
    await lockAudience(transaction, access)
    if (await insertClientAuthorization(transaction, { ...record, status }, { key, now: at })) {
      return { kind: 'done', result: 'opened' }
    }
    // Another has the status index, or the key. In the second case there is nothing left to do.
    const other = await findClientAuthorization(transaction, key)
    return other ? { kind: 'done', result: 'opened' } : { kind: 'taken' }
  })
  if (outcome === 'disabled') throw changedMeanwhile()
  // A client that is registered for many resources can ask for every set of them.
  await limitAuthorizations(db, { clientId: client.id, subject: client.id, opened: record.id }, at)
}

function changedMeanwhile(): OAuthError {
  return new OAuthError('invalid_client', 'The client was disabled or changed while it was asking.')
}

/**
 * Makes sure that the row outlives a token of this request. It is extended by a whole lifetime more than needed, and so
 * written once per lifetime, not once per token. False when the authorization was revoked or pruned.
 */
async function extendIfNeeded(
  { db, accessTokenLifetime }: ClientAuthorizationDeps,
  authorization: AuthorizationRecord,
  at: Seconds,
): Promise<boolean> {
  const expiresAt = at + accessTokenLifetime
  if (authorization.tokensExpireAt >= expiresAt) return true
  return extendTokensExpireAt(db, authorization.id, expiresAt + accessTokenLifetime)
}
