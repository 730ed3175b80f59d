import type { Database } from '../../storage/database.ts'
import { withLock } from '../../storage/lock.ts'
import type { Client } from '../clients/client.ts'
import { findRegisteredClient, listRegisteredClients, updateClient } from '../clients/client-store.ts'
import type { Resource } from '../resources/resource.ts'
import { findResources, updateResource } from '../resources/resource-store.ts'
import { type Revoking, revokeAuthorizationsOf } from './revoke-authorizations.ts'

/** What something is by now, and how many authorizations that has ended. */
export interface Changed<Noun> {
  readonly changed: Noun
  readonly revoked: number
}

/** Says what something shall be, by what it is; what it throws keeps it as it is. */
export type Change<Noun> = (current: Noun, transaction: Database) => Promise<Noun>

/**
 * Changes what a client is registered for, and then revokes those of its authorizations that carry what it may not have
 * any more. The change waits for whoever is opening one, and nobody opens any by the old registration after it: so none is
 * missed. `undefined` when there is no such client.
 *
 * They are chosen by what the client is now, not by what was taken away: called again, it goes on revoking.
 */
export async function changeClient(
  db: Database,
  { id, change }: { readonly id: string; readonly change: Change<Client> },
  revoking: Revoking,
): Promise<Changed<Client> | undefined> {
  const outcome = await withLock(db, 'registration', async (transaction) => {
    const registered = await findRegisteredClient(transaction, id)
    if (!registered) return undefined
    const changed = await change(registered.client, transaction)
    await updateClient(transaction, changed)
    return { changed, lostScope: takenAway(registered.client.scope, changed.scope).length > 0 }
  })
  if (!outcome) return undefined

  const { changed, lostScope } = outcome
  const may = (grant: Client['grantTypes'][number]) => changed.grantTypes.includes(grant)
  const revoked = await revokeAuthorizationsOf(
    db,
    {
      by: 'client',
      value: id,
      which: ({ isOwn, scope, audience, refreshes }) =>
        takenAway(audience, changed.audiences).length > 0 ||
        takenAway(scope, changed.scope).length > 0 ||
        (isOwn && (lostScope || !may('client_credentials'))) ||
        (refreshes && !may('refresh_token')),
    },
    revoking,
  )
  return { changed, revoked }
}

/** The same for a resource, and the authorizations for it that carry a scope value it does not know any more. */
export async function changeResource(
  db: Database,
  { audience, change }: { readonly audience: string; readonly change: Change<Resource> },
  revoking: Revoking,
): Promise<Changed<Resource> | undefined> {
  const outcome = await withLock(db, 'registration', async (transaction) => {
    const [resource] = await findResources(transaction, [audience])
    if (!resource) return undefined
    const changed = await change(resource, transaction)
    await updateResource(transaction, changed)
    const lost = takenAway(resource.scope, changed.scope)
    // Their own authorizations do not say which values their tokens carry: what they are registered for does.
    const clients = lost.length === 0 ? [] : await listRegisteredClients(transaction)
    const narrowed = clients.filter(({ client }) => client.scope.some((value) => lost.includes(value)))
    return { changed, lost, narrowed: new Set(narrowed.map(({ client }) => client.id)) }
  })
  if (!outcome) return undefined

  const { changed, narrowed } = outcome
  const revoked = await revokeAuthorizationsOf(
    db,
    {
      by: 'audience',
      value: audience,
      which: ({ isOwn, clientId, scope }) =>
        takenAway(scope, changed.scope).length > 0 || (isOwn && narrowed.has(clientId)),
    },
    revoking,
  )
  return { changed, revoked }
}

/** What is in the first list and not in the second. */
function takenAway(before: readonly string[], after: readonly string[]): readonly string[] {
  return before.filter((one) => !after.includes(one))
}
