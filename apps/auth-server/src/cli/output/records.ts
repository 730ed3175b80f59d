import { formatScope, type Seconds } from '@countersign/shared'
import type { Client, ClientAuthentication, ClientRecord } from '../../domain/clients/client.ts'
import type { Resource } from '../../domain/resources/resource.ts'
import { parsePasswordHash } from '../../domain/users/password-hash.ts'
import type { UserRecord } from '../../domain/users/user.ts'
import type { UserClaims } from '../../domain/users/user-claims.ts'
import { instant, state } from './terminal.ts'

/** A client as JSON, with the names of RFC 7591 §2 and §3.2.1 where they exist. */
export function clientJson({ client, disabled, createdAt }: ClientRecord) {
  return {
    client_id: client.id,
    client_id_issued_at: createdAt,
    token_endpoint_auth_method: authMethodOf(client.authentication),
    grant_types: client.grantTypes,
    scope: formatScope(client.scope),
    audiences: client.audiences,
    ...(client.name !== undefined && { client_name: client.name }),
    ...(client.logoUri !== undefined && { logo_uri: client.logoUri }),
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    ...(client.backchannelLogoutUri !== undefined && { backchannel_logout_uri: client.backchannelLogoutUri }),
    first_party: client.firstParty,
    ...(client.authentication.kind === 'keys' && { jwks: client.authentication.jwks }),
    disabled,
  }
}

/** A client as a row of the list. */
export function clientRow(registered: ClientRecord): readonly string[] {
  const { client, createdAt } = registered
  return [
    client.id,
    client.authentication.kind === 'none' ? 'public' : 'confidential',
    client.grantTypes.join(' '),
    formatScope(client.scope),
    client.audiences.join(' '),
    state(registered),
    instant(createdAt),
  ]
}

/** The headings of the columns of a row. */
export const CLIENT_HEADING = ['ID', 'KIND', 'GRANTS', 'SCOPE', 'AUDIENCES', 'STATE', 'CREATED'] as const

/** One client as a table. */
export function clientTable(registered: ClientRecord, now: Seconds): readonly (readonly string[])[] {
  const row = clientRow(registered)
  return [
    ...CLIENT_HEADING.map((heading, index) => [heading.toLowerCase(), row[index] ?? '']),
    ['authentication', authMethodOf(registered.client.authentication)],
    ...proofRows(registered.client.authentication, now),
    ...signInRows(registered.client),
  ]
}

/** What signing in needs to know of a client, as far as it was said. */
function signInRows(client: Client): readonly (readonly string[])[] {
  return [
    ...(client.name === undefined ? [] : [['name', client.name]]),
    ...(client.logoUri === undefined ? [] : [['logo', client.logoUri]]),
    ...client.redirectUris.map((uri) => ['redirect URI', uri]),
    ...client.postLogoutRedirectUris.map((uri) => ['after signing out', uri]),
    ...(client.backchannelLogoutUri === undefined
      ? []
      : [['back-channel logout', client.backchannelLogoutUri]]),
    ...(client.firstParty ? [['consent', 'not asked for: first party']] : []),
  ]
}

/** When the secret before the last rotation expires. `undefined` when there is none, or when it has expired. */
export function oldSecretExpiry(authentication: ClientAuthentication, now: Seconds): Seconds | undefined {
  const until = authentication.kind === 'secret' ? authentication.previous?.until : undefined
  return until !== undefined && until > now ? until : undefined
}

/** How a client can authenticate besides its secret: by its keys, or by the secret before the last rotation. */
function proofRows(authentication: ClientAuthentication, now: Seconds): readonly (readonly string[])[] {
  if (authentication.kind === 'keys') {
    return authentication.jwks.keys.map(({ kid, kty }) => ['key', `${kid ?? 'without a kid'} (${kty})`])
  }
  const until = oldSecretExpiry(authentication, now)
  return until === undefined ? [] : [['old secret', `counts until ${instant(until)}`]]
}

/** Basic is the default (RFC 7591 §2). Sending the secret in the form works as well. */
function authMethodOf({ kind }: ClientAuthentication): string {
  switch (kind) {
    case 'none':
      return 'none'
    case 'secret':
      return 'client_secret_basic'
    case 'keys':
      return 'private_key_jwt'
    default:
      return kind satisfies never
  }
}

/** A user as JSON, with the names used in tokens and `/users/me`. It never has a password hash, only the kind of the hash. */
export function userJson({ user, createdAt }: UserRecord) {
  return {
    sub: user.id,
    username: user.username,
    full_name: user.fullName ?? null,
    disabled: user.disabled,
    created_at: createdAt,
    updated_at: user.updatedAt,
    claims: user.claims,
    roles: user.roles,
    groups: user.groups,
    password_hash_kind: parsePasswordHash(user.passwordHash)?.kind ?? null,
  }
}

/** A user as a row of the list. */
export function userRow({ user, createdAt }: UserRecord): readonly string[] {
  return [user.username, user.fullName ?? '', state(user), instant(createdAt), user.id]
}

/** One user as a table. */
export function userTable(registered: UserRecord): readonly (readonly string[])[] {
  const { user, createdAt } = registered
  return [
    ['name', user.username],
    ['full name', user.fullName ?? ''],
    ['state', state(user)],
    ['created', instant(createdAt)],
    ['id', user.id],
    ['password hash', parsePasswordHash(user.passwordHash)?.kind ?? 'unknown'],
    ...claimRows(user.claims),
    ...user.roles.map((role) => ['role', role]),
    ...user.groups.map((group) => ['group', group]),
  ]
}

function claimRows({ address, ...claims }: UserClaims): readonly (readonly string[])[] {
  return [
    ...Object.entries(claims).map(([name, value]) => [name, String(value)]),
    ...Object.entries(address ?? {}).map(([member, value]) => [`address.${member}`, String(value)]),
  ]
}

/** A resource as JSON, with `scope` as in requests and responses (RFC 6749 §3.3). */
export function resourceJson({ audience, scope, introspectors, tokenType, descriptions }: Resource) {
  return { audience, scope: formatScope(scope), introspectors, token_type: tokenType, descriptions }
}

/** The scope values a resource knows, and who may ask about its tokens. The text follows "knows" or "with". */
export function resourceInWords({ scope, introspectors }: Resource): string {
  const values = scope.length === 0 ? 'of no values' : formatScope(scope)
  return `the scope ${values}${introspectors.length === 0 ? '' : `; ${introspectors.join(', ')} may ask about its tokens`}`
}
