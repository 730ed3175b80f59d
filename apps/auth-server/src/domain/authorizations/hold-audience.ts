import { OAuthError } from '../../oauth/error.ts'
import type { Database } from '../../storage/database.ts'
import { holdResources } from '../resources/resource-store.ts'

/**
 * Keeps the resources of an authorization that opens from being deleted before it is there: whoever deletes one revokes what
 * is for it, and would not see this. Throws `invalid_target` when one is gone already.
 */
export async function holdAudience(transaction: Database, audience: readonly string[]): Promise<void> {
  if (await holdResources(transaction, audience)) return
  throw new OAuthError('invalid_target', 'A resource this token is for was deleted while it was asked for.')
}
