import { audienceProblem, parseScope } from '@countersign/shared'
import { OAuthError } from '../../oauth/error.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import type { Database } from '../../storage/database.ts'
import type { AccessTokenType, Resource } from '../resources/resource.ts'
import { findResources } from '../resources/resource-store.ts'
import type { Client } from './client.ts'

/** What a request gets: which resources its token is for, and the granted scope. */
export interface Access {
  readonly audience: readonly string[]
  readonly scope: readonly string[]
  readonly tokenType: AccessTokenType
}

export interface ResolveAccessDeps {
  readonly db: Database
  /** The audience of a client that is registered for it among others, when a request names none. */
  readonly defaultAudience: string | undefined
}

/**
 * Resolves what a request gets of what it asked for (RFC 6749 §3.3, RFC 8707 §2). Without `scope` it gets everything the
 * client is registered for and every audience knows. Each scope value of a token must mean something to each of its
 * audiences (RFC 9068 §2.2.3), or what one knows would be granted at another. Throws `invalid_target` for a resource and
 * `invalid_scope` for a scope value that the client may not ask for. Only reads, so that a typo consumes nothing.
 */
export function resolveAccess(deps: ResolveAccessDeps, client: Client, request: Parameters): Promise<Access> {
  return accessWithin(deps, request, {
    audience: client.audiences,
    scope: client.scope,
    otherwise: defaultAudiences(deps, client),
  })
}

/**
 * Does the same within what was granted before (RFC 6749 §6, RFC 8707 §2.2). A refresh may ask for less, never for more, and
 * gets nothing that its client is no longer registered for. Without `resource` it gets all that was granted.
 */
export function narrowAccess(
  deps: ResolveAccessDeps,
  request: Parameters,
  { client, granted }: EarlierGrant,
): Promise<Access> {
  const audience = granted.audience.filter((one) => client.audiences.includes(one))
  const scope = granted.scope.filter((value) => client.scope.includes(value))
  return accessWithin(deps, request, { audience, scope, otherwise: audience })
}

/** What a client was granted before, and asks for again. */
export interface EarlierGrant {
  readonly client: Client
  readonly granted: Omit<Access, 'tokenType'>
}

/** What may be asked for, and the audience when none is. */
interface Bounds extends Omit<Access, 'tokenType'> {
  readonly otherwise: readonly string[]
}

async function accessWithin(deps: ResolveAccessDeps, request: Parameters, bounds: Bounds): Promise<Access> {
  // Clients written for other servers send `audience` for what RFC 8707 calls `resource`. Without it they would get a token
  // for another resource than the one they named.
  const named = [...request.getAll('resource'), ...request.getAll('audience')]
  const resources = await requestedResources(deps.db, named, bounds)
  const grantable = bounds.scope.filter((value) =>
    resources.every((resource) => resource.scope.includes(value)),
  )
  const audience = resources.map((resource) => resource.audience)
  const tokenType = commonTokenType(resources)

  const written = request.get('scope')
  if (written === undefined) return { audience, scope: grantable, tokenType }

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
      resources.length === 1
        ? `The scope value ${refused} is not one this client may have for this resource.`
        : `The scope value ${refused} is not one this client may have for all of these resources in one token.`,
    )
  }
  return { audience, scope: requested, tokenType }
}

async function requestedResources(
  db: Database,
  requested: readonly string[],
  bounds: Bounds,
): Promise<readonly Resource[]> {
  const audiences = requested.length > 0 ? [...new Set(requested)] : bounds.otherwise
  if (audiences.length === 0) {
    throw new OAuthError('invalid_target', 'Name the resource this token is for, in the parameter resource.')
  }

  const allowed = audiences.filter((audience) => bounds.audience.includes(audience))
  const resources = await findResources(db, allowed)
  const refused = audiences.find((audience) => !resources.some((resource) => resource.audience === audience))
  if (refused !== undefined) {
    // Only a URI is repeated in the answer: it holds nothing that breaks a line or a quote.
    const name = audienceProblem(refused) === undefined ? refused : 'named'
    throw new OAuthError('invalid_target', `The resource ${name} is not one this client may have tokens for.`)
  }
  // In the order they were asked for.
  return audiences.flatMap((audience) => resources.filter((resource) => resource.audience === audience))
}

/** A token has one type, which all its resources must accept. */
function commonTokenType(resources: readonly Resource[]): AccessTokenType {
  const [tokenType = 'at+jwt', ...others] = new Set(resources.map((resource) => resource.tokenType))
  if (others.length === 0) return tokenType
  throw new OAuthError(
    'invalid_target',
    'These resources take tokens of different types: ask for a token for each of them.',
  )
}

/** RFC 9068 §3: without a resource, the token is for a default one. */
function defaultAudiences({ defaultAudience }: ResolveAccessDeps, client: Client): readonly string[] {
  if (client.audiences.length === 1) return client.audiences
  return defaultAudience !== undefined && client.audiences.includes(defaultAudience) ? [defaultAudience] : []
}
