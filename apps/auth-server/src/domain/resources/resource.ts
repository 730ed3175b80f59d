/**
 * The type of an access token, in its header: that of RFC 9068 §2.1, or plain `JWT` for resource servers whose library
 * refuses any other. A plain one cannot be told from our other JWTs by its type.
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
  /** What its scope values mean, in words for the person who is asked for consent. */
  readonly descriptions: Readonly<Record<string, string>>
}
