import { OAuthError } from '../../oauth/error.ts'
import type { Database } from '../../storage/database.ts'
import type { Access } from '../clients/grant-access.ts'
import { holdResources } from '../resources/resource-store.ts'

/**
 * Keeps the resources of an authorization that opens from being deleted or narrowed before it is there: whoever does that
 * revokes what is for them, and would not see this. Throws `invalid_target` when it has happened already.
 */
export async function holdAudience(transaction: Database, access: Access): Promise<void> {
  if (await holdResources(transaction, access)) return
  throw new OAuthError(
    'invalid_target',
    'A resource this token is for was deleted or changed while it was asked for.',
  )
}
