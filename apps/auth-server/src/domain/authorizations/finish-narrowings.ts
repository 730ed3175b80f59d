import { isDeepStrictEqual } from 'node:util'
import type { Database } from '../../storage/database.ts'
import { withLock } from '../../storage/lock.ts'
import type { Client } from '../clients/client.ts'
import { findClientRecord } from '../clients/client-store.ts'
import type { Resource } from '../resources/resource.ts'
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
    finished.push({ ...narrowing, revoked: await finish(db, narrowing, revoking) })
  }
  return finished
}

/**
 * Revokes until what was narrowed is still the same when all is revoked. Another start may narrow it further meanwhile, and
 * finds the narrowing noted already: forgotten then, what that one took away would stay in tokens if it was interrupted.
 */
async function finish(db: Database, narrowing: Narrowing, revoking: Revoking): Promise<number> {
  for (let revoked = 0; ; ) {
    const seen = await findNarrowed(db, narrowing)
    revoked += await revokeAuthorizationsOf(db, selectionOf(narrowing, seen), revoking)
    const isFinished = await withLock(db, 'registration', async (transaction) => {
      if (!isDeepStrictEqual(await findNarrowed(transaction, narrowing), seen)) return false
      await removeNarrowing(transaction, narrowing)
      return true
    })
    if (isFinished) return revoked
  }
}

/** The client or the resource as it is now; neither of one that is gone. */
interface Narrowed {
  readonly client?: Client | undefined
  readonly resource?: Resource | undefined
}

async function findNarrowed(db: Database, { kind, name }: Narrowing): Promise<Narrowed> {
  if (kind === 'client') return { client: (await findClientRecord(db, name))?.client }
  const [resource] = await findResources(db, [name])
  return { resource }
}

/** Chosen by what the client or the resource is now. Of one that is gone, everything is revoked. */
function selectionOf({ kind, name }: Narrowing, { client, resource }: Narrowed): AuthorizationSelection {
  if (client) return beyondClient(client)
  if (resource) return beyondResource(resource)
  return { by: kind === 'client' ? 'client' : 'audience', value: name }
}
