/**
 * How an access token is typed in its header: as RFC 9068 §2.1 wants it, or as plain `JWT`, for resource servers whose
 * library refuses anything else. That one cannot be told from another JWT of ours by its type.
 */
export const ACCESS_TOKEN_TYPES = ['at+jwt', 'JWT'] as const

export type AccessTokenType = (typeof ACCESS_TOKEN_TYPES)[number]

/** A resource server we issue tokens for (RFC 8707): named by its audience, it knows some scope values. */
export interface Resource {
  readonly audience: string
  readonly scope: readonly string[]
  /** The clients that may ask about access tokens for it (RFC 7662). */
  readonly introspectors: readonly string[]
  readonly tokenType: AccessTokenType
}
