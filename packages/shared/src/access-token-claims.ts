import type { StatusClaim } from './status-list.ts'
import type { Seconds } from './time.ts'

/** The claims of an access token as our authorization server writes them (RFC 9068 §2.2). */
export interface AccessTokenClaims {
  readonly iss: string
  readonly sub: string
  /** One audience as a string, several as a list (RFC 7519 §4.1.3). */
  readonly aud: string | readonly string[]
  readonly client_id: string
  readonly iat: Seconds
  readonly exp: Seconds
  readonly jti: string
  /** Absent when nothing was granted. */
  readonly scope?: string
  /** When the user signed in. Absent when no user did. */
  readonly auth_time?: Seconds
  /** Where to check whether the authorization of the token has ended (Token Status List §6.1). */
  readonly status?: StatusClaim
  /** With scope `profile` (OIDC Core §5.4). */
  readonly name?: string
  /** With scope `profile` (OIDC Core §5.4). */
  readonly preferred_username?: string
  /** With scope `roles`, when the user has any (RFC 9068 §2.2.3.1). */
  readonly roles?: readonly string[]
  /** With scope `groups`, when the user is in any. */
  readonly groups?: readonly string[]
}
