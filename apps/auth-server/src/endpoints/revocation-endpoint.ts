import { type Logger, noteForLog } from '@countersign/http-service'
import type { Clock } from '@countersign/shared'
import type { Middleware } from 'koa'
import type { AuthorizationRecord } from '../domain/authorizations/authorization.ts'
import type { AuthenticateClient } from '../domain/clients/authenticate-client.ts'
import type { InspectedToken } from '../domain/tokens/inspect-token.ts'
import { senderOf } from '../http/client-address.ts'
import { readForm } from '../http/form-body.ts'
import { OAuthError } from '../oauth/error.ts'
import { CLIENT_PARAMETERS, once } from '../oauth/parameters.ts'

export interface RevocationEndpointDeps {
  readonly authenticateClient: AuthenticateClient
  readonly inspectToken: (token: string) => Promise<InspectedToken | undefined>
  readonly revokeAuthorization: (id: string) => Promise<boolean>
  readonly logger: Logger
  readonly now: Clock
}

/** `token_type_hint` is checked and then ignored, as RFC 7009 §2.1 allows: the form of a token tells its type. */
const REVOCATION_PARAMETERS = [...CLIENT_PARAMETERS, once('token', 8192), once('token_type_hint')]

/**
 * POST /revoke (RFC 7009): revokes the authorization a token belongs to, and so every token of it. An unknown
 * token is answered 200, like one that is revoked. A token of another client is refused, and so is one that a client got
 * for itself; nothing is revoked.
 */
export function revocationEndpoint(deps: RevocationEndpointDeps): Middleware {
  return async (ctx) => {
    ctx.set('cache-control', 'no-store')
    const parameters = readForm(ctx, REVOCATION_PARAMETERS)
    const client = await deps.authenticateClient(senderOf(ctx), parameters)
    noteForLog(ctx, { clientId: client.id })

    const inspected = await deps.inspectToken(parameters.getRequired('token'))
    noteForLog(ctx, { sub: userOf(inspected?.authorization) })
    if (inspected && inspected.authorization.clientId !== client.id) {
      throw new OAuthError('invalid_grant', 'This token was issued to another client: nothing was revoked.')
    }
    if (inspected && isOfClientItself(inspected.authorization)) {
      // All instances of a client share the authorization of this token: one of them would sign out all.
      throw new OAuthError(
        'unsupported_token_type',
        'A token that a client got for itself is not revoked here: it expires by itself.',
      )
    }
    // An expired refresh token revokes nothing: it is invalid already (RFC 7009 §2.2), and its successor may be in use.
    if (inspected && inspected.expiresAt > deps.now()) {
      const authorizationId = inspected.authorization.id
      const revoked = await deps.revokeAuthorization(authorizationId)
      const sub = inspected.authorization.subject
      const logged = { requestId: ctx.state.requestId, clientId: client.id, sub, authorizationId }
      // Only by the request that revoked it: one that is repeated, or runs at the same time, has revoked nothing.
      if (revoked) deps.logger.warn({ ...logged, event: 'token_revoked' })
    }
    // RFC 7009 §2.2 leaves the body to us. An empty one is no JSON, and clients that parse every answer would fail.
    ctx.body = {}
  }
}

/** The user whose token it is, for the log; a client that acts for itself is in the log already. */
function userOf(authorization: AuthorizationRecord | undefined): string | undefined {
  return authorization && !isOfClientItself(authorization) ? authorization.subject : undefined
}

/** A client that acts for itself is the subject of its token (RFC 9068 §2.2); a user's id is never a client's. */
function isOfClientItself({ subject, clientId }: AuthorizationRecord): boolean {
  return subject === clientId
}
