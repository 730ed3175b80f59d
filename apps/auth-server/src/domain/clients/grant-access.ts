import { audienceProblem, parseScope } from '@countersign/shared'
import { OAuthError } from '../../oauth/error.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import type { Database } from '../../storage/database.ts'
import type { Resource } from '../resources/resource.ts'
import { findResources } from '../resources/resource-store.ts'
import type { Client } from './client.ts'

/** What a client gets: which resources its token is for, and the granted scope. */
export interface Access {
  readonly audience: readonly string[]
  readonly scope: readonly string[]
}

export interface GrantAccessDeps {
  readonly db: Database
  /** The audience of a client that is registered for it among others, when a request names none. */
  readonly defaultAudience: string | undefined
}

/**
 * Decides what a request gets of what it asked for (RFC 6749 §3.3, RFC 8707 §2). Without `scope`: all that the client
 * is registered for and the audience knows. Throws `invalid_target` for a resource and `invalid_scope` for a scope
 * value that is not the client's to ask for. Reads only: nothing is spent by a typo.
 */
export async function grantAccess(
  deps: GrantAccessDeps,
  client: Client,
  request: Parameters,
): Promise<Access> {
  const resources = await requestedResources(deps, client, request.all('resource'))
  const grantable = client.scope.filter((value) =>
    resources.some((resource) => resource.scope.includes(value)),
  )
  const audience = resources.map((resource) => resource.audience)

  const written = request.one('scope')
  if (written === undefined) return { audience, scope: grantable }

  const requested = parseScope(written)
  if (!requested) {
    throw new OAuthError(
      'invalid_scope',
      'The scope is malformed: write scope values with one space between them.',
    )
  }
  const refused = requested.find((value) => !grantable.includes(value))
  if (refused !== undefined) {
    throw new OAuthError(
      'invalid_scope',
      `The scope value ${refused} is not one this client may have for this resource.`,
    )
  }
  return { audience, scope: requested }
}

async function requestedResources(
  deps: GrantAccessDeps,
  client: Client,
  requested: readonly string[],
): Promise<readonly Resource[]> {
  const audiences = requested.length > 0 ? [...new Set(requested)] : defaultAudiences(deps, client)
  if (audiences.length === 0) {
    throw new OAuthError('invalid_target', 'Name the resource this token is for, in the parameter resource.')
  }

  const allowed = audiences.filter((audience) => client.audiences.includes(audience))
  const resources = await findResources(deps.db, allowed)
  const refused = audiences.find((audience) => !resources.some((resource) => resource.audience === audience))
  if (refused !== undefined) {
    // What a client wrote is repeated only when it is a URI, which holds nothing that could break a line or a quote.
    const name = audienceProblem(refused) === undefined ? refused : 'named'
    throw new OAuthError('invalid_target', `The resource ${name} is not one this client may have tokens for.`)
  }
  return resources
}

/** RFC 9068 §3: without a resource, the token is for a default one. */
function defaultAudiences({ defaultAudience }: GrantAccessDeps, client: Client): readonly string[] {
  if (client.audiences.length === 1) return client.audiences
  return defaultAudience !== undefined && client.audiences.includes(defaultAudience) ? [defaultAudience] : []
}
