import type { Database } from '../../storage/database.ts'
import { withLock } from '../../storage/lock.ts'
import { listRegisteredClients, removeDisabledClient } from '../clients/client-store.ts'
import { removeIntrospector, removeResource } from '../resources/resource-store.ts'
import { removeDisabledUser } from '../users/user-store.ts'
import { disableClient, disableUser } from './disable.ts'
import { type Revoking, revokeAuthorizationsOf } from './revoke-authorizations.ts'

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
