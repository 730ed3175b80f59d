import type { Database } from '../../storage/database.ts'
import { markClientDisabled } from '../clients/client-store.ts'
import { markUserDisabled } from '../users/user-store.ts'
import { type Revoking, revokeAuthorizationsOf } from './revoke-authorizations.ts'

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
