import { formatScope, type Seconds } from '@countersign/shared'
import type { ClientAuthentication, ClientRecord } from '../../domain/clients/client.ts'
import { instant, state } from '../output/terminal.ts'

/** A client as JSON, in the words of RFC 7591 §2 and §3.2.1 where they have one. */
export function clientJson({ client, disabled, createdAt }: ClientRecord) {
  return {
    client_id: client.id,
    client_id_issued_at: createdAt,
    token_endpoint_auth_method: authMethodOf(client.authentication),
    grant_types: client.grantTypes,
    scope: formatScope(client.scope),
    audiences: client.audiences,
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

/** The names of what a row holds. */
export const CLIENT_HEADING = ['ID', 'KIND', 'GRANTS', 'SCOPE', 'AUDIENCES', 'STATE', 'CREATED'] as const

/** A client as a table of its own. */
export function clientTable(registered: ClientRecord, now: Seconds): readonly (readonly string[])[] {
  const row = clientRow(registered)
  return [
    ...CLIENT_HEADING.map((heading, index) => [heading.toLowerCase(), row[index] ?? '']),
    ['authentication', authMethodOf(registered.client.authentication)],
    ...proofRows(registered.client.authentication, now),
  ]
}

/** Until when the secret before the last rotation counts; `undefined` when there is none that still does. */
export function oldSecretExpiry(authentication: ClientAuthentication, now: Seconds): Seconds | undefined {
  const until = authentication.kind === 'secret' ? authentication.previous?.until : undefined
  return until !== undefined && until > now ? until : undefined
}

/** What a client proves itself by besides its secret: its keys, or the secret before the last rotation. */
function proofRows(authentication: ClientAuthentication, now: Seconds): readonly (readonly string[])[] {
  if (authentication.kind === 'keys') {
    return authentication.jwks.keys.map(({ kid, kty }) => ['key', `${kid ?? 'without a kid'} (${kty})`])
  }
  const until = oldSecretExpiry(authentication, now)
  return until === undefined ? [] : [['old secret', `counts until ${instant(until)}`]]
}

/** Basic by default (RFC 7591 §2); the form does as well. */
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
