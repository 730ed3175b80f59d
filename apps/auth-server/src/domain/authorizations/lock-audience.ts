import { OAuthError } from '../../oauth/error.ts'
import { isIssuerScope } from '../../oauth/issuer-scope.ts'
import type { Database } from '../../storage/database.ts'
import type { Access } from '../clients/requested-access.ts'
import { findResources, lockResources } from '../resources/resource-store.ts'

/**
 * Keeps the resources of a client authorization from being deleted or narrowed until the transaction that opens it has ended.
 * Deleting or narrowing revokes the authorizations it sees, and would miss this one. Throws `invalid_target` when it has
 * happened already.
 */
export async function lockAudience(transaction: Database, access: Access): Promise<void> {
  if (!(await lockResources(transaction, access))) throw changedMeanwhile()
}

/** Does the same for the authorization of a user: every resource knows the scope values of the issuer. */
export async function lockAudienceOfUser(transaction: Database, access: Access): Promise<void> {
  await lockAudience(transaction, { ...access, scope: access.scope.filter((value) => !isIssuerScope(value)) })
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
