import type { AuthorizationServerMetadata } from '@countersign/shared'
import type { Middleware } from 'koa'
import { ASSERTION_ALGORITHMS } from '../domain/clients/client-jwks.ts'
import type { Resource } from '../domain/resources/resource.ts'
import { listResources } from '../domain/resources/resource-store.ts'
import type { GrantType } from '../oauth/grant-type.ts'
import type { IssuerScopeValue } from '../oauth/issuer-scope.ts'
import { PATHS, type Path } from '../oauth/paths.ts'
import type { Database } from '../storage/database.ts'

/** How clients may authenticate (RFC 8414 §2): what `parsePresentedCredentials` understands. */
const CLIENT_AUTHENTICATION_METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt']

/** The scope values of the issuer that put something into a token. The others do nothing before a user can sign in on a page. */
const ANNOUNCED_ISSUER_SCOPE: readonly IssuerScopeValue[] = ['profile', 'roles', 'groups']

export interface MetadataEndpointDeps {
  readonly db: Database
  readonly issuer: string
  readonly grantTypes: readonly GrantType[]
}

/**
 * GET /.well-known/oauth-authorization-server, and the same under its OpenID name (RFC 8414 §3, §5).
 *
 * This folder owns the translation between HTTP and the domain, a file or a folder for each endpoint. It does not own
 * paths, which `oauth/paths.ts` lists, nor any rule of the domain.
 */
export function metadataEndpoint({ db, issuer, grantTypes }: MetadataEndpointDeps): Middleware {
  return async (ctx) => {
    ctx.set('cache-control', 'public, max-age=60')
    ctx.type = 'application/json'
    // Indented, because people read it in a browser.
    ctx.body = JSON.stringify(metadata(issuer, grantTypes, await listResources(db)), undefined, 2)
  }
}

function metadata(
  issuer: string,
  grantTypes: readonly GrantType[],
  resources: readonly Resource[],
): AuthorizationServerMetadata {
  return {
    issuer,
    ...endpointUrls(issuer),
    jwks_uri: issuer + PATHS.jwks.path,
    scopes_supported: [
      ...new Set([...ANNOUNCED_ISSUER_SCOPE, ...resources.flatMap((resource) => resource.scope)]),
    ].sort(),
    // Required by RFC 8414 §2, and empty as long as there is no authorization endpoint.
    response_types_supported: [],
    grant_types_supported: grantTypes,
    // Required by OIDC Discovery §3, and read by clients that know this document by its OpenID name.
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    introspection_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION_METHODS.filter(
      (method) => method !== 'none',
    ),
    introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    protected_resources: resources.map((resource) => resource.audience),
  }
}

/** The URL of every path that the metadata names. */
function endpointUrls(issuer: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.values<Path>(PATHS).flatMap(({ path, metadataName }) =>
      metadataName === undefined ? [] : [[metadataName, issuer + path]],
    ),
  )
}
