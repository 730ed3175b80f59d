import { OAuthError } from '../../oauth/error.ts'
import type { Database } from '../../storage/database.ts'
import type { Access } from '../clients/grant-access.ts'
import { findResources, holdResources } from '../resources/resource-store.ts'

/**
 * Keeps the resources of an authorization that opens from being deleted or narrowed before it is there: whoever does that
 * revokes what is for them, and would not see this. Throws `invalid_target` when it has happened already.
 */
export async function holdAudience(transaction: Database, access: Access): Promise<void> {
  if (!(await holdResources(transaction, access))) throw changedMeanwhile()
}

/** Throws the same when the resources of a token do not all know its scope values, as they are now. */
export async function assertResourcesKnow(db: Database, { audience, scope }: Access): Promise<void> {
  const resources = await findResources(db, audience)
  const known = resources.length === new Set(audience).size
  if (known && resources.every((one) => scope.every((value) => one.scope.includes(value)))) return
  throw changedMeanwhile()
}

function changedMeanwhile(): OAuthError {
  return new OAuthError(
    'invalid_target',
    'A resource this token is for was deleted or changed while it was asked for.',
  )
}
