import { AccessTokenError, type VerifiedAccessToken } from '@countersign/access-token-verifier'
import { type AccessTokenState, refuse } from '@countersign/access-token-verifier/koa'
import type { UserProfile } from '@countersign/shared'
import type { Middleware } from 'koa'

/** The scope value that releases the profile (OIDC Core §5.4). */
export const PROFILE_SCOPE = 'profile'

export interface MeEndpointDeps {
  /** Where this resource describes itself, for the challenge (RFC 9728 §5.1). */
  readonly resourceMetadata: string | undefined
}

/**
 * GET /users/me: the profile of the token's user, read from the token alone. Refuses a token that is not a user's: a client's
 * own token, or one without a user name in it.
 */
export function meEndpoint({ resourceMetadata }: MeEndpointDeps): Middleware<AccessTokenState> {
  return (ctx) => {
    const profile = profileOf(ctx.state.accessToken)
    if (!profile) {
      refuse(ctx, noUser(), resourceMetadata === undefined ? {} : { resourceMetadata })
      return
    }
    ctx.set('cache-control', 'no-store')
    ctx.body = profile
  }
}

function profileOf({ subject, clientId, claims }: VerifiedAccessToken): UserProfile | undefined {
  // RFC 9068 §5: a client that is named like a user must not be taken for one, so its own token is refused first.
  if (subject === clientId || claims.preferred_username === undefined) return undefined
  return {
    sub: subject,
    username: claims.preferred_username,
    full_name: claims.name ?? null,
    disabled: false,
  }
}

function noUser(): AccessTokenError {
  return new AccessTokenError(
    'insufficient_scope',
    `This request needs the access token of a user, with the scope ${PROFILE_SCOPE}: sign a user in to get one.`,
    { expected: 'a user', requiredScope: [PROFILE_SCOPE] },
  )
}
