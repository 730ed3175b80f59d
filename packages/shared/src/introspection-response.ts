import type { Seconds } from './time.ts'

/** The answer of the introspection endpoint (RFC 7662 §2.2). For a token that is not active it says only that. */
export type IntrospectionResponse =
  | { readonly active: false }
  | {
      readonly active: true
      readonly iss: string
      readonly sub: string
      readonly client_id: string
      readonly aud: string | readonly string[]
      readonly scope?: string
      /** `Bearer` for an access token; a refresh token has none. */
      readonly token_type?: 'Bearer'
      readonly jti?: string
      readonly iat: Seconds
      readonly exp: Seconds
    }
