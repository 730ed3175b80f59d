import { OAuthError } from '../../oauth/error.ts'
import type { Database } from '../../storage/database.ts'
import type { Access } from '../clients/requested-access.ts'
import { findResources, lockResources } from '../resources/resource-store.ts'

/**
 * Keeps the resources of an authorization from being deleted or narrowed until the transaction that opens it has ended.
 * Deleting or narrowing revokes the authorizations it sees, and would miss this one. Throws `invalid_target` when it has
 * happened already.
 */
export async function lockAudience(transaction: Database, access: Access): Promise<void> {
  if (!(await lockResources(transaction, access))) throw changedMeanwhile()
}

/** Throws `invalid_target` unless all resources of a token know its scope values now. */
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
