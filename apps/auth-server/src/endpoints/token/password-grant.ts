import type { Authorization } from '../../domain/authorizations/authorization.ts'
import type { SignedInUser } from '../../domain/authorizations/open-authorization.ts'
import type { Client } from '../../domain/clients/client.ts'
import type { Access } from '../../domain/clients/requested-access.ts'
import type { UserAuthentication, UserCredentials } from '../../domain/users/authenticate-user.ts'
import { normalizeUsername } from '../../domain/users/user-name.ts'
import { OAuthError } from '../../oauth/error.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import type { Grant } from './grant.ts'

export interface PasswordGrantDeps {
  readonly resolveAccess: (client: Client, request: Parameters) => Promise<Access>
  readonly authenticateUser: (credentials: UserCredentials) => Promise<UserAuthentication>
  readonly openAuthorization: (signedIn: SignedInUser) => Promise<Authorization | undefined>
}

/**
 * The resource owner password credentials grant (RFC 6749 §4.3). For first-party tools and tests: RFC 9700 §2.4 advises
 * against it, so a client gets it only when it is named for it.
 */
export function passwordGrant(deps: PasswordGrantDeps): Grant {
  return {
    type: 'password',
    authorize: async ({ parameters, client, network }) => {
      // Failures are counted by the name: in its one form, or each way of typing it would have a count of its own.
      const username = normalizeUsername(parameters.getRequired('username'))
      const password = parameters.getRequired('password')
      // First what costs nothing: a typo in the scope must not cost a tenth of a second of hashing, nor count as a failure.
      const access = await deps.resolveAccess(client, parameters)

      const authentication = await deps.authenticateUser({ username, password, network })
      if (authentication.kind === 'failed') throw wrongPassword(authentication.sub)
      const { user } = authentication
      const authorization = await deps.openAuthorization({ client, user, access })
      if (!authorization) throw wrongPassword(user.id)
      return authorization
    },
  }
}

/** In the same words for a user there is and one there is not: only the log knows which. */
function wrongPassword(sub: string | undefined): OAuthError {
  return new OAuthError('invalid_grant', 'The user name or password is wrong.', {
    event: 'user_authentication_failed',
    sub,
  })
}
