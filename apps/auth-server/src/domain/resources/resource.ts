import { isVisibleText } from '@countersign/shared'

/**
 * The type of an access token, in its header: that of RFC 9068 §2.1, or plain `JWT` for resource servers whose library
 * refuses any other. A plain one cannot be told from our other JWTs by its type.
 */
export const ACCESS_TOKEN_TYPES = ['at+jwt', 'JWT'] as const

export type AccessTokenType = (typeof ACCESS_TOKEN_TYPES)[number]

/** Says what keeps a text from telling a person what a scope value means, as the end of a sentence. */
export function descriptionProblem(text: string): string | undefined {
  if (text !== text.trim()) return 'must not begin or end with a space'
  if (text.length === 0 || text.length > 200) return 'must have 1 to 200 characters'
  return isVisibleText(text)
    ? undefined
    : 'must not hold a control character, nor any other that cannot be seen'
}

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
