import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { withLock } from '../../storage/lock.ts'
import type { Client } from '../clients/client.ts'
import { findRegisteredClient, listRegisteredClients, updateClient } from '../clients/client-store.ts'
import type { Resource } from '../resources/resource.ts'
import { findResources, updateResource } from '../resources/resource-store.ts'
import { type Revoking, revokeAuthorizationsOf } from './revoke-authorizations.ts'
import {
  revokeAuthorizations,
  type StandingAuthorization,
  walkStanding,
} from './revoke-authorizations-store.ts'

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
 * They are chosen by what the client is now, not by what was taken away: called again, it goes on revoking. A client's own
 * authorizations do not say which scope values their tokens carry, and so are chosen by what was taken away: they end with
 * the change itself, or neither is done.
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
    if (!(await updateClient(transaction, changed))) return undefined
    const lostScope = takenAway(registered.client.scope, changed.scope).length > 0
    const ended = lostScope ? await revokeOwn(transaction, [id], revoking.now) : 0
    return { changed, ended }
  })
  if (!outcome) return undefined

  const { changed, ended } = outcome
  const may = (grant: Client['grantTypes'][number]) => changed.grantTypes.includes(grant)
  const revoked = await revokeAuthorizationsOf(
    db,
    {
      by: 'client',
      value: id,
      which: ({ isOwn, scope, audience, refreshes }) =>
        takenAway(audience, changed.audiences).length > 0 ||
        takenAway(scope, changed.scope).length > 0 ||
        (isOwn && !may('client_credentials')) ||
        (refreshes && !may('refresh_token')),
    },
    revoking,
  )
  return { changed, revoked: ended + revoked }
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
    if (!(await updateResource(transaction, changed))) return undefined
    const lost = takenAway(resource.scope, changed.scope)
    const clients = lost.length === 0 ? [] : await listRegisteredClients(transaction)
    const narrowed = clients.filter(({ client }) => client.scope.some((value) => lost.includes(value)))
    const ids = narrowed.map(({ client }) => client.id)
    return { changed, ended: await revokeOwn(transaction, ids, revoking.now, audience) }
  })
  if (!outcome) return undefined

  const { changed, ended } = outcome
  const revoked = await revokeAuthorizationsOf(
    db,
    {
      by: 'audience',
      value: audience,
      which: ({ scope }) => takenAway(scope, changed.scope).length > 0,
    },
    revoking,
  )
  return { changed, revoked: ended + revoked }
}

/**
 * Revokes what clients opened for themselves, at one resource or at all; says how many. There are a hundred of a client
 * at most, so it is done in the transaction that takes the right away, and all at once: the lock order is in `schema.ts`.
 */
async function revokeOwn(
  transaction: Database,
  clientIds: readonly string[],
  now: Seconds,
  audience?: string,
): Promise<number> {
  const ids: string[] = []
  for (const value of clientIds) {
    const which = (one: StandingAuthorization) =>
      one.isOwn && (audience === undefined || one.audience.includes(audience))
    for await (const page of walkStanding(transaction, { by: 'subject', value, which })) ids.push(...page)
  }
  return revokeAuthorizations(transaction, ids, now)
}

/** What is in the first list and not in the second. */
function takenAway(before: readonly string[], after: readonly string[]): readonly string[] {
  return before.filter((one) => !after.includes(one))
}
