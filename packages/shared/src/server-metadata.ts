/** The path of the metadata of an authorization server without a path (RFC 8414 §3). */
export const AUTHORIZATION_SERVER_METADATA_PATH = '/.well-known/oauth-authorization-server'

/** The path of the same document under its older name (RFC 8414 §5, OIDC Discovery §4). */
export const OPENID_CONFIGURATION_PATH = '/.well-known/openid-configuration'

/** The path of the metadata of a resource server without a path (RFC 9728 §3). */
export const PROTECTED_RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource'

/** The metadata of an authorization server (RFC 8414 §2, RFC 9728 §4). Only what is supported is listed. */
export interface AuthorizationServerMetadata {
  readonly issuer: string
  /** The URLs of its endpoints: `token_endpoint`, `revocation_endpoint` and the others it has. */
  readonly [name: `${string}_endpoint`]: string
  readonly jwks_uri: string
  readonly scopes_supported: readonly string[]
  readonly response_types_supported: readonly string[]
  readonly grant_types_supported: readonly string[]
  /** OIDC Discovery §3. */
  readonly subject_types_supported: readonly string[]
  /** OIDC Discovery §3. */
  readonly id_token_signing_alg_values_supported: readonly string[]
  readonly token_endpoint_auth_methods_supported: readonly string[]
  readonly token_endpoint_auth_signing_alg_values_supported: readonly string[]
  readonly revocation_endpoint_auth_methods_supported: readonly string[]
  readonly revocation_endpoint_auth_signing_alg_values_supported: readonly string[]
  readonly introspection_endpoint_auth_methods_supported: readonly string[]
  readonly introspection_endpoint_auth_signing_alg_values_supported: readonly string[]
  readonly protected_resources: readonly string[]
}

/** The metadata of a resource server (RFC 9728 §2). */
export interface ProtectedResourceMetadata {
  readonly resource: string
  readonly authorization_servers: readonly string[]
  readonly scopes_supported: readonly string[]
  readonly bearer_methods_supported: readonly string[]
  readonly resource_name?: string
}

/**
 * The URL of the metadata of the resource that an audience names: the well-known path goes between host and path (RFC
 * 9728 §3.1). `undefined` for an audience that is not an http(s) URL, which cannot have such a document.
 */
export function protectedResourceMetadataUrl(audience: string): string | undefined {
  const { protocol, origin, pathname, search } = new URL(audience)
  if (protocol !== 'https:' && protocol !== 'http:') return undefined
  return `${origin}${PROTECTED_RESOURCE_METADATA_PATH}${pathname === '/' ? '' : pathname}${search}`
}
