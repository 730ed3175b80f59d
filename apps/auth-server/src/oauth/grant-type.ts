/** The grant types this server offers (RFC 6749 §1.3). */
export const GRANT_TYPES = ['password', 'client_credentials', 'refresh_token'] as const

export type GrantType = (typeof GRANT_TYPES)[number]
