import type { Seconds } from '@countersign/shared'
import { createBatches } from '../../storage/batches.ts'
import type { Database } from '../../storage/database.ts'
import { withLock } from '../../storage/lock.ts'
import { listRegisteredClients, markClientDisabled, removeDisabledClient } from '../clients/client-store.ts'
import { removeIntrospector, removeResource } from '../resources/resource-store.ts'
import { markUserDisabled, removeDisabledUser } from '../users/user-store.ts'
import {
  type AuthorizationSelection,
  revokeAuthorizations,
  walkStanding,
} from './revoke-authorizations-store.ts'

/** Revokes one authorization, and with it every token of it. False when it was revoked already, or is unknown. */
export async function endAuthorization(db: Database, id: string, now: Seconds): Promise<boolean> {
  return (await revokeAuthorizations(db, [id], now)) > 0
}

/** What revoking many is told besides whose. */
export interface Revoking {
  readonly now: Seconds
  /** Told how many are revoked so far, after every batch. */
  readonly onProgress?: (revoked: number) => void
}

/**
 * Revokes every authorization of a selection, in batches, each a transaction of its own; says how many. Interrupted and
 * called again it goes on with what still stands. What is opened while it runs may be missed: whoever must not miss any
 * keeps them from being opened first.
 */
export async function revokeAuthorizationsOf(
  db: Database,
  selection: AuthorizationSelection,
  { now, onProgress }: Revoking,
): Promise<number> {
  const batches = createBatches(db)
  let revoked = 0
  for await (const standing of walkStanding(db, selection)) {
    for (let done = 0; done < standing.length; ) {
      const ids = standing.slice(done, done + batches.size())
      revoked += await batches.run((transaction) => revokeAuthorizations(transaction, ids, now))
      done += ids.length
      onProgress?.(revoked)
    }
  }
  return revoked
}

/**
 * Keeps a user out, at once, and then revokes all that was opened for them; says how many authorizations those were. The
 * mark waits for whoever is opening one, and nobody opens any after it: so none is missed. Called again for one who is
 * disabled it goes on revoking. `undefined` when there is no such user: whoever deleted them has revoked all there was.
 */
export async function disableUser(db: Database, id: string, revoking: Revoking): Promise<number | undefined> {
  if (!(await markUserDisabled(db, id, revoking.now))) return undefined
  return revokeAuthorizationsOf(db, { by: 'subject', value: id }, revoking)
}

/** The same for a client and all that it opened. */
export async function disableClient(
  db: Database,
  id: string,
  revoking: Revoking,
): Promise<number | undefined> {
  if (!(await markClientDisabled(db, id, revoking.now))) return undefined
  return revokeAuthorizationsOf(db, { by: 'client', value: id }, revoking)
}

/** A resource that is gone, or the clients that are still registered for it: then nothing has changed. */
export type ResourceDeletion =
  | { readonly kind: 'deleted'; readonly revoked: number }
  | { readonly kind: 'in_use'; readonly clientIds: readonly string[] }

/**
 * Revokes all that was opened for a user and deletes them; says how many authorizations those were. They are disabled
 * first and deleted last, so that whoever is interrupted can call it again.
 */
export async function deleteUser(db: Database, id: string, revoking: Revoking): Promise<number> {
  for (let revoked = 0; ; ) {
    const more = await disableUser(db, id, revoking)
    if (more === undefined) return revoked
    revoked += more
    // Not when somebody has enabled them meanwhile: then they are in use again.
    if (await removeDisabledUser(db, id)) return revoked
  }
}

/** The same for a client and all that it opened. */
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
 * Deletes a resource, unless a client names it still, and revokes all that was opened for it. Called again when it is
 * gone it goes on revoking.
 */
export async function deleteResource(
  db: Database,
  audience: string,
  revoking: Revoking,
): Promise<ResourceDeletion> {
  const clientIds = await withLock(db, 'registration', async (transaction) => {
    const clients = await listRegisteredClients(transaction)
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
