import { audienceProblem, parseScope } from '@countersign/shared'
import { OAuthError } from '../../oauth/error.ts'
import { isIssuerScope } from '../../oauth/issuer-scope.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import type { Database } from '../../storage/database.ts'
import type { AccessTokenType, Resource } from '../resources/resource.ts'
import { findResources } from '../resources/resource-store.ts'
import type { Client } from './client.ts'

/** What a request gets: which resources its token is for, and the granted scope. */
export interface Access {
  /** Empty for the issuer alone: `audienceOf` says what tokens name then. */
  readonly audience: readonly string[]
  readonly scope: readonly string[]
  readonly tokenType: AccessTokenType
}

export interface ResolveAccessDeps {
  readonly db: Database
  readonly issuer: string
  /** The audience of a client that is registered for it among others, when a request names none. */
  readonly defaultAudience: string | undefined
}

/**
 * Resolves what a request gets of what it asked for (RFC 6749 §3.3, RFC 8707 §2). Without `scope` it gets everything the
 * client is registered for and every audience knows. Each scope value of a token must mean something to each of its
 * audiences (RFC 9068 §2.2.3), or what one knows would be granted at another. Throws `invalid_target` for a resource and
 * `invalid_scope` for a scope value that the client may not ask for. Only reads, so that a typo consumes nothing.
 *
 * This is for a request in which a user signs in. Every audience knows the scope values of the issuer, and a client without
 * an audience gets a token for the issuer alone.
 */
export function resolveAccess(deps: ResolveAccessDeps, client: Client, request: Parameters): Promise<Access> {
  return accessWithin(deps, request, {
    audience: client.audiences,
    scope: client.scope,
    otherwise: client.audiences.length === 0 ? 'issuer' : defaultAudiences(deps, client),
    about: 'user',
  })
}

/** Does the same for a client that acts for itself. It gets what the resources know, and nothing of the issuer. */
export function resolveOwnAccess(
  deps: ResolveAccessDeps,
  client: Client,
  request: Parameters,
): Promise<Access> {
  return accessWithin(deps, request, {
    audience: client.audiences,
    scope: client.scope,
    otherwise: defaultAudiences(deps, client),
    about: 'client',
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
  // When nothing is left of what was granted, the issuer alone would be something else.
  const otherwise = granted.audience.length === 0 ? 'issuer' : audience
  return accessWithin(deps, request, { audience, scope, otherwise, about: 'user' })
}

/** What a client was granted before, and asks for again. */
export interface EarlierGrant {
  readonly client: Client
  readonly granted: Omit<Access, 'tokenType'>
}

/** What may be asked for, and the audience when none is: resources, or the issuer alone. */
interface Bounds extends Omit<Access, 'tokenType'> {
  readonly otherwise: readonly string[] | 'issuer'
  /** Whom the token is about: a user, or the client itself. */
  readonly about: 'user' | 'client'
}

async function accessWithin(deps: ResolveAccessDeps, request: Parameters, bounds: Bounds): Promise<Access> {
  // Clients written for other servers send `audience` for what RFC 8707 calls `resource`. Without it they would get a token
  // for another resource than the one they named.
  const named = [...request.getAll('resource'), ...request.getAll('audience')]
  const resources = await requestedResources(deps, named, bounds)
  const isKnownToAll = (value: string) =>
    resources.length > 0 && resources.every((resource) => resource.scope.includes(value))
  const grantable = bounds.scope.filter(
    (value) => (bounds.about === 'user' && isIssuerScope(value)) || isKnownToAll(value),
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
      resources.length < 2
        ? `The scope value ${refused} is not one this client may have for this resource.`
        : `The scope value ${refused} is not one this client may have for all of these resources in one token.`,
    )
  }
  return { audience, scope: requested, tokenType }
}

/** The resources that a request names, or those it gets otherwise; none for the issuer alone. */
async function requestedResources(
  { db, issuer }: ResolveAccessDeps,
  requested: readonly string[],
  bounds: Bounds,
): Promise<readonly Resource[]> {
  const otherwise = bounds.otherwise === 'issuer' ? [] : bounds.otherwise
  if (bounds.otherwise === 'issuer' && requested.every((one) => one === issuer)) return []
  const audiences = requested.length > 0 ? [...new Set(requested)] : otherwise
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

/** The audiences a token names: those of what was granted, or the issuer itself (OIDC Core §5.3: `/userinfo` takes it). */
export function audienceOf(issuer: string, granted: readonly string[]): readonly string[] {
  return granted.length === 0 ? [issuer] : granted
}

/** RFC 9068 §3: without a resource, the token is for a default one. */
function defaultAudiences({ defaultAudience }: ResolveAccessDeps, client: Client): readonly string[] {
  if (client.audiences.length === 1) return client.audiences
  return defaultAudience !== undefined && client.audiences.includes(defaultAudience) ? [defaultAudience] : []
}
