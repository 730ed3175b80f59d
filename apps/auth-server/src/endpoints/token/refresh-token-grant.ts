import type { PresentedRefreshToken } from '../../domain/authorizations/presented-refresh-token.ts'
import type { Rotation, UsableRefreshToken } from '../../domain/authorizations/rotate-refresh-token.ts'
import type { Access, EarlierGrant } from '../../domain/clients/requested-access.ts'
import type { User } from '../../domain/users/user.ts'
import { OAuthError } from '../../oauth/error.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import type { Grant } from './grant.ts'

export interface RefreshTokenGrantDeps {
  readonly examineRefreshToken: (token: string, clientId: string) => Promise<PresentedRefreshToken>
  readonly findUser: (id: string) => Promise<User | undefined>
  readonly narrowAccess: (request: Parameters, earlier: EarlierGrant) => Promise<Access>
  readonly rotateRefreshToken: (presented: UsableRefreshToken) => Promise<Rotation>
}

/**
 * The refresh token grant (RFC 6749 §6, RFC 9700 §4.14.2): each token works once and is exchanged for its successor.
 * User, scope and resource are checked before anything is consumed.
 */
export function refreshTokenGrant(deps: RefreshTokenGrantDeps): Grant {
  return {
    type: 'refresh_token',
    authorize: async ({ parameters, client }) => {
      const presented = await deps.examineRefreshToken(parameters.getRequired('refresh_token'), client.id)
      if (presented.kind !== 'usable') throw toOAuthError(presented)

      const { authorization } = presented
      const user = await deps.findUser(authorization.subject)
      if (!user || user.disabled || authorization.authenticatedAt === undefined) {
        throw toOAuthError({ kind: 'refused', because: 'revoked', subject: authorization.subject })
      }
      const access = await deps.narrowAccess(parameters, { client, granted: authorization })

      const rotation = await deps.rotateRefreshToken(presented)
      if (rotation.kind !== 'rotated') throw toOAuthError(rotation)
      return {
        id: authorization.id,
        client,
        subject: user.id,
        issuedAt: presented.presentedAt,
        ...access,
        signedIn: { user, at: authorization.authenticatedAt },
        ...(authorization.status && { status: authorization.status }),
        refreshToken: rotation.successor,
      }
    },
  }
}

/** One answer for a token that is unknown, another client's or revoked: only the log says which. */
function toOAuthError(
  outcome: Exclude<PresentedRefreshToken, { kind: 'usable' }> | Exclude<Rotation, { kind: 'rotated' }>,
): OAuthError {
  switch (outcome.kind) {
    case 'reused':
      return new OAuthError('invalid_grant', 'This refresh token was used before: sign in again.', {
        event: 'refresh_token_reused',
        detail: outcome.authorizationId,
        sub: outcome.subject,
      })
    case 'refused':
      return outcome.because === 'expired'
        ? new OAuthError('invalid_grant', 'This refresh token has expired: sign in again.', {
            sub: outcome.subject,
          })
        : new OAuthError('invalid_grant', 'This refresh token is not valid: sign in again.', {
            detail: outcome.because,
            sub: outcome.subject,
          })
    default:
      throw outcome satisfies never
  }
}
