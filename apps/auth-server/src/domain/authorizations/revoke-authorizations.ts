import type { Seconds } from '@countersign/shared'
import { createBatches } from '../../storage/batches.ts'
import type { Database } from '../../storage/database.ts'
import { withLock } from '../../storage/lock.ts'
import {
  findClient,
  listClientRecords,
  markClientDisabled,
  removeDisabledClient,
} from '../clients/client-store.ts'
import { removeIntrospector, removeResource } from '../resources/resource-store.ts'
import { findUser, markUserDisabled, removeDisabledUser } from '../users/user-store.ts'
import type { AuthorizationRecord } from './authorization.ts'
import {
  type AuthorizationSelection,
  revokeAuthorizations,
  walkUnrevoked,
} from './revoke-authorizations-store.ts'

/** Revokes one authorization, and with it every token of it. False when it was revoked already, or is unknown. */
export async function revokeAuthorization(db: Database, id: string, now: Seconds): Promise<boolean> {
  return (await revokeAuthorizations(db, [id], now)) > 0
}

/** When many are revoked, and who is told of the progress. */
export interface Revoking {
  readonly now: Seconds
  /** Is told after every batch how many are revoked so far. */
  readonly onProgress?: (revoked: number) => void
}

/**
 * Revokes every authorization of a selection, in batches, each a transaction of its own; says how many. When it was
 * interrupted, another call goes on with the rest. One that is opened meanwhile may be missed: a caller that must not miss
 * any prevents opening first.
 */
export async function revokeAuthorizationsOf(
  db: Database,
  selection: AuthorizationSelection,
  { now, onProgress }: Revoking,
): Promise<number> {
  const batches = createBatches(db)
  let revoked = 0
  for await (const page of walkUnrevoked(db, selection)) {
    for (let done = 0; done < page.length; ) {
      const ids = page.slice(done, done + batches.size())
      revoked += await batches.run((transaction) => revokeAuthorizations(transaction, ids, now))
      done += ids.length
      onProgress?.(revoked)
    }
  }
  return revoked
}

/**
 * Disables a user at once, and then revokes all their authorizations; says how many. Disabling waits for those that are
 * being opened, and none is opened after it, so that none is missed. Another call for a disabled user goes on revoking.
 * `undefined` when there is no such user: deleting one has revoked all.
 */
export async function disableUser(db: Database, id: string, revoking: Revoking): Promise<number | undefined> {
  if (!(await markUserDisabled(db, id, revoking.now))) return undefined
  return revokeAuthorizationsOf(db, { by: 'subject', value: id }, revoking)
}

/** Does the same for a client. */
export async function disableClient(
  db: Database,
  id: string,
  revoking: Revoking,
): Promise<number | undefined> {
  if (!(await markClientDisabled(db, id, revoking.now))) return undefined
  return revokeAuthorizationsOf(db, { by: 'client', value: id }, revoking)
}

/** Whether a resource was deleted, or nothing changed because clients are still registered for it. */
export type ResourceDeletion =
  | { readonly kind: 'deleted'; readonly revoked: number }
  | { readonly kind: 'in_use'; readonly clientIds: readonly string[] }

/**
 * Deletes a user and revokes all their authorizations; says how many. The user is disabled first and deleted last, so that
 * another call goes on when this was interrupted.
 */
export async function deleteUser(db: Database, id: string, revoking: Revoking): Promise<number> {
  for (let revoked = 0; ; ) {
    const more = await disableUser(db, id, revoking)
    if (more === undefined) return revoked
    revoked += more
    // The user stays when somebody has enabled them meanwhile, and is disabled once more.
    if (await removeDisabledUser(db, id)) return revoked
  }
}

/** Does the same for a client. */
export async function deleteClient(db: Database, id: string, revoking: Revoking): Promise<number> {
  for (let revoked = 0; ; ) {
    const more = await disableClient(db, id, revoking)
    if (more === undefined) return revoked
    revoked += more
    const removed = await withLock(db, 'registration', async (transaction) => {
      if (!(await removeDisabledClient(transaction, id))) return false
      await removeIntrospector(transaction, id)
      return true
    })
    if (removed) return revoked
  }
}

/**
 * Deletes a resource unless a client is still registered for it, and revokes all authorizations for it. Another call for a
 * deleted resource goes on revoking.
 */
export async function deleteResource(
  db: Database,
  audience: string,
  revoking: Revoking,
): Promise<ResourceDeletion> {
  const clientIds = await withLock(db, 'registration', async (transaction) => {
    const clients = await listClientRecords(transaction)
    const using = clients.filter(({ client }) => client.audiences.includes(audience))
    if (using.length === 0) await removeResource(transaction, audience)
    return using.map(({ client }) => client.id)
  })
  if (clientIds.length > 0) return { kind: 'in_use', clientIds }
  return {
    kind: 'deleted',
    revoked: await revokeAuthorizationsOf(db, { by: 'audience', value: audience }, revoking),
  }
}

/**
 * Whether both the client and the user of an authorization are enabled. Disabling one revokes a million authorizations in
 * minutes; until then this tells.
 */
export async function haveEnabledParties(
  db: Database,
  { clientId, subject }: Pick<AuthorizationRecord, 'clientId' | 'subject'>,
): Promise<boolean> {
  if (!(await findClient(db, clientId))) return false
  if (subject === clientId) return true
  const user = await findUser(db, subject)
  return user !== undefined && !user.disabled
}
