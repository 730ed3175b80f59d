import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { withLock } from '../../storage/lock.ts'
import { listRegisteredClients, removeClient } from '../clients/client-store.ts'
import { removeIntrospector, removeResource } from '../resources/resource-store.ts'
import { removeUser } from '../users/user-store.ts'
import { endAuthorizationsForAudience } from './authorization-store.ts'
import { endAuthorizationsOfClient, endAuthorizationsOfSubject } from './end-authorization.ts'

/** A resource that is gone, or the clients that are still registered for it: then nothing has changed. */
export type ResourceDeletion =
  | { readonly kind: 'deleted'; readonly ended: number }
  | { readonly kind: 'in_use'; readonly clientIds: readonly string[] }

/** Deletes a user and ends all that was opened for them. Says how many authorizations that were. */
export function deleteUser(db: Database, id: string, now: Seconds): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    await removeUser(transaction, id)
    return endAuthorizationsOfSubject(transaction, id, now)
  })
}

/** Deletes a client and ends all that it opened. Says how many authorizations that were. */
export function deleteClient(db: Database, id: string, now: Seconds): Promise<number> {
  return withLock(db, 'registration', async (transaction) => {
    await removeClient(transaction, id)
    await removeIntrospector(transaction, id)
    return endAuthorizationsOfClient(transaction, id, now)
  })
}

/** Deletes a resource and ends all that was opened for it, unless a client names it still. */
export function deleteResource(db: Database, audience: string, now: Seconds): Promise<ResourceDeletion> {
  return withLock(db, 'registration', async (transaction) => {
    const clients = await listRegisteredClients(transaction)
    const using = clients.filter(({ client }) => client.audiences.includes(audience))
    if (using.length > 0) return { kind: 'in_use', clientIds: using.map(({ client }) => client.id) }

    await removeResource(transaction, audience)
    return { kind: 'deleted', ended: await endAuthorizationsForAudience(transaction, audience, now) }
  })
}
