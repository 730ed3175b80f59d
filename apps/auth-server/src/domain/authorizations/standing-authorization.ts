import type { Clock, Seconds } from '@countersign/shared'
import { OAuthError } from '../../oauth/error.ts'
import { hashSecret, mintId } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import type { Client } from '../clients/client.ts'
import { holdEnabledClient } from '../clients/client-store.ts'
import type { Access } from '../clients/grant-access.ts'
import { openWithStatus } from '../status/allocate-status.ts'
import type { Authorization, AuthorizationRecord } from './authorization.ts'
import {
  extendTokensExpireAt,
  findStandingAuthorization,
  insertStandingAuthorization,
} from './authorization-store.ts'
import { assertResourcesKnow, holdAudience } from './hold-audience.ts'
import { limitAuthorizations } from './limit-authorizations.ts'

export interface StandingAuthorizationDeps {
  readonly db: Database
  readonly now: Clock
  readonly accessTokenLifetime: Seconds
}

/**
 * Finds the one authorization under which a client acts for itself at these resources, or opens it. Its tokens share
 * it, so that issuing one reads a row and writes none; revoking one ends them all, and the next request opens a new
 * one. What may be granted now belongs to the token: the row says nothing of a scope.
 *
 * Whoever narrows the client or a resource revokes the authorization that stands, and the next request opens another: a
 * request that was under way must not put what it may not have any more under that one. So the registration is asked
 * once more, not before the authorization is seen standing: who narrows it after that revokes what we have seen.
 */
export async function findOrOpenStandingAuthorization(
  deps: StandingAuthorizationDeps,
  client: Client,
  access: Access,
): Promise<Authorization> {
  // Sorted, so that the order in which audiences are named makes no second one; neither holds a space. Hashed, because
  // an index takes no text as long as some lists of audiences are.
  const key = hashSecret([client.id, ...[...access.audience].sort()].join(' '))
  for (;;) {
    const standing = await findStandingAuthorization(deps.db, key)
    if (!standing) await open(deps, key, client, access)
    else {
      const { authorization, mayCarry, isKnownWhole } = standing
      if (!mayCarry({ ...access, grant: 'client_credentials' })) throw changedMeanwhile()
      if (!isKnownWhole(access.scope)) await assertResourcesKnow(deps.db, access)
      if (await remembersTokens(deps, authorization)) {
        const { id, status } = authorization
        return { id, client, subject: client.id, ...access, ...(status && { status }) }
      }
    }
    // Opened now, by us or by a request beside us; or ended or pruned in this very moment. The next look tells.
  }
}

async function open(
  { db, now, accessTokenLifetime }: StandingAuthorizationDeps,
  key: string,
  client: Client,
  access: Access,
): Promise<void> {
  const at = now()
  const record = {
    id: mintId('az'),
    clientId: client.id,
    subject: client.id,
    scope: [],
    audience: access.audience,
    authenticatedAt: undefined,
    tokensExpireAt: at + 2 * accessTokenLifetime,
    refreshExpiresAt: undefined,
    ended: false,
  }
  const outcome = await openWithStatus(db, at, async (transaction, status) => {
    if (!(await holdEnabledClient(transaction, client.id, { ...access, grant: 'client_credentials' })))
      return { kind: 'done', result: 'disabled' }
    await holdAudience(transaction, access)
    if (await insertStandingAuthorization(transaction, { ...record, status }, { key, now: at })) {
      return { kind: 'done', result: 'opened' }
    }
    // Not the index, but the key may be what is taken: then there is nothing left to do.
    const standing = await findStandingAuthorization(transaction, key)
    return standing ? { kind: 'done', result: 'opened' } : { kind: 'taken' }
  })
  if (outcome === 'disabled') throw changedMeanwhile()
  // A client that is registered for many resources can ask for every set of them.
  await limitAuthorizations(db, { clientId: client.id, subject: client.id, opened: record.id }, at)
}

function changedMeanwhile(): OAuthError {
  return new OAuthError('invalid_client', 'The client was disabled or changed while it was asking.')
}

/**
 * Makes sure that the row outlives a token issued now. The instant is moved a whole lifetime ahead of need, so it is
 * written once per lifetime, not once per token. False when the row is gone or has ended.
 */
async function remembersTokens(
  { db, now, accessTokenLifetime }: StandingAuthorizationDeps,
  standing: AuthorizationRecord,
): Promise<boolean> {
  const expiresAt = now() + accessTokenLifetime
  if (standing.tokensExpireAt >= expiresAt) return true
  return extendTokensExpireAt(db, standing.id, expiresAt + accessTokenLifetime)
}
