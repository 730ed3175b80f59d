/** The grant types this server offers (RFC 6749 §1.3). */
export const GRANT_TYPES = ['password'] as const

export type GrantType = (typeof GRANT_TYPES)[number]
