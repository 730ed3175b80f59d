import { AUTHORIZATION_SERVER_METADATA_PATH, OPENID_CONFIGURATION_PATH } from '@countersign/shared'

/** A path of this server, and what the metadata, the home page and the cross-origin rules have to say of it. */
export interface Path {
  /** As the router takes it: a part that begins with a colon stands for any one part. */
  readonly path: string
  readonly method: 'GET' | 'POST'
  /** How the home page lists it: as a link for a reader, or as an address for programs. Absent for the home page itself, and for what only our pages load. */
  readonly listed?: { readonly as: 'link' | 'address'; readonly says: string }
  /** The name of its URL in the metadata (RFC 8414 §2); absent for one that clients find in another way. */
  readonly metadataName?: 'jwks_uri' | `${string}_endpoint`
  /** The origins whose pages may read its answers; AUTH_CORS_ORIGINS names the allowed ones. Absent for no other origin. */
  readonly openTo?: 'every origin' | 'allowed origins'
}

/**
 * Every path of this server, in the order of the home page. A new endpoint is its file, its line here and its line in
 * `app.ts`; `test/flows/paths.test.ts` holds the routes, the metadata, the home page and the cross-origin rules to it.
 */
export const PATHS = {
  home: { path: '/', method: 'GET' },
  metadata: {
    path: AUTHORIZATION_SERVER_METADATA_PATH,
    method: 'GET',
    listed: { as: 'link', says: 'what this server can do, and where (RFC 8414)' },
    openTo: 'every origin',
  },
  openidConfiguration: {
    path: OPENID_CONFIGURATION_PATH,
    method: 'GET',
    listed: { as: 'link', says: 'the same under its OpenID name' },
    openTo: 'every origin',
  },
  jwks: {
    path: '/.well-known/jwks.json',
    method: 'GET',
    listed: { as: 'link', says: 'the public keys that verify its tokens (RFC 7517)' },
    metadataName: 'jwks_uri',
    openTo: 'every origin',
  },
  readyz: {
    path: '/readyz',
    method: 'GET',
    listed: { as: 'link', says: 'whether it can issue tokens now' },
  },
  livez: {
    path: '/livez',
    method: 'GET',
    listed: { as: 'link', says: 'whether it is there at all' },
  },
  token: {
    path: '/token',
    method: 'POST',
    listed: { as: 'address', says: 'earns an access token (RFC 6749)' },
    metadataName: 'token_endpoint',
    openTo: 'allowed origins',
  },
  revocation: {
    path: '/revoke',
    method: 'POST',
    listed: { as: 'address', says: 'revokes what a token stands for (RFC 7009)' },
    metadataName: 'revocation_endpoint',
    openTo: 'allowed origins',
  },
  introspection: {
    path: '/introspect',
    method: 'POST',
    listed: { as: 'address', says: 'tells whether a token is active (RFC 7662)' },
    metadataName: 'introspection_endpoint',
  },
  statusList: {
    path: '/status-lists/:id',
    method: 'GET',
    listed: { as: 'address', says: 'which tokens were revoked, signed; each token names its list' },
    openTo: 'every origin',
  },
  pageScript: { path: '/page-script/:version', method: 'GET' },
} as const satisfies Readonly<Record<string, Path>>
