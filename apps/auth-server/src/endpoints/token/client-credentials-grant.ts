import {
  type ClientAuthorizationDeps,
  findOrOpenClientAuthorization,
} from '../../domain/authorizations/client-authorization.ts'
import { type ResolveAccessDeps, resolveAccess } from '../../domain/clients/requested-access.ts'
import { OAuthError } from '../../oauth/error.ts'
import type { Grant } from './grant.ts'

export interface ClientCredentialsGrantDeps extends ResolveAccessDeps, ClientAuthorizationDeps {}

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
      return findOrOpenClientAuthorization(deps, client, await resolveAccess(deps, client, parameters))
    },
  }
}
