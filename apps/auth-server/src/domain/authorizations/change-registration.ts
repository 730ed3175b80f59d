import { ISSUER_SCOPE } from '../../oauth/issuer-scope.ts'
import type { Database } from '../../storage/database.ts'
import { withLock } from '../../storage/lock.ts'
import type { Client } from '../clients/client.ts'
import { findClientRecord, listClientRecords, updateClient } from '../clients/client-store.ts'
import type { Resource } from '../resources/resource.ts'
import { findResources, updateResource } from '../resources/resource-store.ts'
import { type Revoking, revokeAuthorizationsOf } from './revoke-authorizations.ts'
import {
  type AuthorizationSelection,
  revokeAuthorizations,
  type UnrevokedAuthorization,
  walkUnrevoked,
} from './revoke-authorizations-store.ts'

/** What a client or a resource is now, and how many authorizations the change has revoked. */
export interface Changed<Noun> {
  readonly changed: Noun
  readonly revoked: number
}

/** Makes the new registration from the current one. When it throws, nothing changes. */
export type Change<Noun> = (current: Noun, transaction: Database) => Promise<Noun>

/**
 * Changes what a client is registered for, and then revokes those of its authorizations that carry what it may not have
 * any more. The change waits for those that are being opened, and none is opened by the old registration after it, so that
 * none is missed. `undefined` when there is no such client.
 *
 * They are chosen by what the client is now, not by what was taken away, so that another call goes on revoking. Only client
 * authorizations do not say which scope values their tokens carry. They are chosen by what was taken away, and revoked
 * in the transaction of the change.
 */
export async function changeClient(
  db: Database,
  { id, change }: { readonly id: string; readonly change: Change<Client> },
  revoking: Revoking,
): Promise<Changed<Client> | undefined> {
  const outcome = await withLock(db, 'registration', async (transaction) => {
    const registered = await findClientRecord(transaction, id)
    if (!registered) return undefined
    const changed = await change(registered.client, transaction)
    if (!(await updateClient(transaction, changed))) return undefined
    const ids = await listOwnOfClient(transaction, { from: registered.client, to: changed })
    return { changed, own: await revokeAuthorizations(transaction, ids, revoking.now) }
  })
  if (!outcome) return undefined

  const { changed, own } = outcome
  return { changed, revoked: own + (await revokeAuthorizationsOf(db, beyondClient(changed), revoking)) }
}

/** Does the same for a resource, and the authorizations for it that carry a scope value it does not know any more. */
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
    const ids = await listOwnAtResource(transaction, { from: resource, to: changed })
    return { changed, own: await revokeAuthorizations(transaction, ids, revoking.now) }
  })
  if (!outcome) return undefined

  const { changed, own } = outcome
  return { changed, revoked: own + (await revokeAuthorizationsOf(db, beyondResource(changed), revoking)) }
}

/** A registration before and after a change. */
export interface Changing<Noun> {
  readonly from: Noun
  readonly to: Noun
}

/** Whether a client may have less after a change. */
export function isNarrowedClient({ from, to }: Changing<Client>): boolean {
  return (
    takenAway(from.scope, to.scope).length > 0 ||
    takenAway(from.audiences, to.audiences).length > 0 ||
    takenAway(from.grantTypes, to.grantTypes).length > 0
  )
}

/** Whether a resource knows less after a change. */
export function isNarrowedResource({ from, to }: Changing<Resource>): boolean {
  return takenAway(from.scope, to.scope).length > 0
}

/** The authorizations of a client that carry what it may not have. */
export function beyondClient({ id, audiences, scope, grantTypes }: Client): AuthorizationSelection {
  return {
    by: 'client',
    value: id,
    which: (authorization) =>
      takenAway(authorization.audience, audiences).length > 0 ||
      takenAway(authorization.scope, scope).length > 0 ||
      (authorization.isOwn && !grantTypes.includes('client_credentials')) ||
      (authorization.refreshes && !grantTypes.includes('refresh_token')),
  }
}

/** The authorizations for a resource that carry a scope value it does not know. */
export function beyondResource({ audience, scope }: Resource): AuthorizationSelection {
  return {
    by: 'audience',
    value: audience,
    // What the issuer knows, every resource does.
    which: (authorization) => takenAway(authorization.scope, [...scope, ...ISSUER_SCOPE]).length > 0,
  }
}

/**
 * The client authorizations of a client that loses a scope value, to be revoked in the transaction of the change. A client
 * has a hundred at most. All that one transaction revokes is revoked at once: the lock order is in `schema.ts`.
 */
export async function listOwnOfClient(
  transaction: Database,
  { from, to }: Changing<Client>,
): Promise<readonly string[]> {
  return takenAway(from.scope, to.scope).length > 0 ? listOwn(transaction, to.id, () => true) : []
}

/** The client authorizations at a resource that loses a scope value their client may have, to be revoked likewise. */
export async function listOwnAtResource(
  transaction: Database,
  { from, to }: Changing<Resource>,
): Promise<readonly string[]> {
  const lost = takenAway(from.scope, to.scope)
  const clients = lost.length === 0 ? [] : await listClientRecords(transaction)
  const ids: string[] = []
  for (const { client } of clients) {
    if (!client.scope.some((value) => lost.includes(value))) continue
    ids.push(...(await listOwn(transaction, client.id, ({ audience }) => audience.includes(to.audience))))
  }
  return ids
}

async function listOwn(
  transaction: Database,
  clientId: string,
  which: (authorization: UnrevokedAuthorization) => boolean,
): Promise<readonly string[]> {
  const ids: string[] = []
  const own = {
    by: 'subject',
    value: clientId,
    which: (one: UnrevokedAuthorization) => one.isOwn && which(one),
  } as const
  for await (const page of walkUnrevoked(transaction, own)) ids.push(...page)
  return ids
}

/** What is in the first list and not in the second. */
function takenAway(before: readonly string[], after: readonly string[]): readonly string[] {
  return before.filter((one) => !after.includes(one))
}
