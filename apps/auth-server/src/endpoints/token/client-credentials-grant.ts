import type { Authorization } from '../../domain/authorizations/authorization.ts'
import type { Client } from '../../domain/clients/client.ts'
import type { Access } from '../../domain/clients/requested-access.ts'
import { OAuthError } from '../../oauth/error.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import type { Grant } from './grant.ts'

export interface ClientCredentialsGrantDeps {
  readonly resolveAccess: (client: Client, request: Parameters) => Promise<Access>
  readonly findOrOpenAuthorization: (client: Client, access: Access) => Promise<Authorization>
}

/** The client credentials grant (RFC 6749 §4.4): a client acts for itself, and is the subject of its token. */
export function clientCredentialsGrant(deps: ClientCredentialsGrantDeps): Grant {
  return {
    type: 'client_credentials',
    authorize: async ({ parameters, client }) => {
      // RFC 6749 §4.4: for confidential clients only. A public one proves nothing, so anybody could be it.
      if (client.authentication.kind === 'none') {
        throw new OAuthError(
          'unauthorized_client',
          'A public client may not use the client_credentials grant.',
        )
      }
      return deps.findOrOpenAuthorization(client, await deps.resolveAccess(client, parameters))
    },
  }
}
