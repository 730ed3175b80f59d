import type { Database } from '../../storage/database.ts'
import { findClientRecord } from '../clients/client-store.ts'
import { findResources } from '../resources/resource-store.ts'
import { beyondClient, beyondResource } from './change-registration.ts'
import { listNarrowings, type Narrowing, removeNarrowing } from './narrowing-store.ts'
import { type Revoking, revokeAuthorizationsOf } from './revoke-authorizations.ts'
import type { AuthorizationSelection } from './revoke-authorizations-store.ts'

/** Something that was narrowed, and how many authorizations that has revoked. */
export interface FinishedNarrowing extends Narrowing {
  readonly revoked: number
}

/**
 * Revokes what carries more than a narrowed client or resource may give now. A start that is interrupted leaves the rest to
 * the next one: nobody runs it again as they would run a command.
 */
export async function finishNarrowings(
  db: Database,
  revoking: Revoking,
): Promise<readonly FinishedNarrowing[]> {
  const finished: FinishedNarrowing[] = []
  for (const narrowing of await listNarrowings(db)) {
    const revoked = await revokeAuthorizationsOf(db, await selectionOf(db, narrowing), revoking)
    await removeNarrowing(db, narrowing)
    finished.push({ ...narrowing, revoked })
  }
  return finished
}

/** Chosen by what the client or the resource is now. Of one that is gone, everything is revoked. */
async function selectionOf(db: Database, { kind, name }: Narrowing): Promise<AuthorizationSelection> {
  if (kind === 'client') {
    const found = await findClientRecord(db, name)
    return found ? beyondClient(found.client) : { by: 'client', value: name }
  }
  const [resource] = await findResources(db, [name])
  return resource ? beyondResource(resource) : { by: 'audience', value: name }
}
