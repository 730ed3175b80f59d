import type { JSONWebKeySet } from 'jose'
import type { Selectable } from 'kysely'
import type { ClientsTable } from '../../storage/schema.ts'
import type { ClientAuthentication } from './client.ts'

type AuthenticationColumns = Pick<
  Selectable<ClientsTable>,
  'auth_method' | 'secret_hash' | 'previous_secret_hash' | 'previous_secret_until' | 'jwks'
>

/** Every column, so that a client which changes its method keeps nothing of the old one. */
export function authenticationColumns(authentication: ClientAuthentication): AuthenticationColumns {
  const nothing = { secret_hash: null, previous_secret_hash: null, previous_secret_until: null, jwks: null }
  switch (authentication.kind) {
    case 'none':
      return { ...nothing, auth_method: 'none' }
    case 'secret':
      return {
        ...nothing,
        auth_method: 'client_secret',
        secret_hash: authentication.hash,
        previous_secret_hash: authentication.previous?.hash ?? null,
        previous_secret_until: authentication.previous?.until ?? null,
      }
    case 'keys':
      return { ...nothing, auth_method: 'private_key_jwt', jwks: JSON.stringify(authentication.jwks) }
    default:
      throw authentication satisfies never
  }
}

/** How a client authenticates, as its row says. */
export function authenticationOf(row: Selectable<ClientsTable>): ClientAuthentication {
  const { previous_secret_hash: hash, previous_secret_until: until } = row
  switch (row.auth_method) {
    case 'none':
      return { kind: 'none' }
    case 'client_secret':
      return {
        kind: 'secret',
        // A row without it was written by nobody of ours. No secret has an empty hash, so that it authenticates nobody.
        hash: row.secret_hash ?? '',
        ...(hash !== null && until !== null && { previous: { hash, until } }),
      }
    case 'private_key_jwt':
      return { kind: 'keys', jwks: parseJwks(row.jwks ?? '') }
    default:
      throw row.auth_method satisfies never
  }
}

/** A client whose keys are no JSON cannot authenticate. All others go on. */
function parseJwks(text: string): JSONWebKeySet {
  try {
    return JSON.parse(text)
  } catch {
    return { keys: [] }
  }
}
