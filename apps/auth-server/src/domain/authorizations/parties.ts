import type { Database } from '../../storage/database.ts'
import { findClient } from '../clients/client-store.ts'
import { findUser } from '../users/user-store.ts'
import type { AuthorizationRecord } from './authorization.ts'

/**
 * Whether both the client and the user of an authorization are enabled. Disabling one revokes what they have opened, and
 * with a million authorizations that takes a while: until it is done this says so already.
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
