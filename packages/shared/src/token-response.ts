import type { Seconds } from './time.ts'

/** A successful answer of the token endpoint (RFC 6749 §5.1). */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: Seconds
  /** The granted scope. Absent when it is empty. */
  readonly scope?: string
  /** Can be used once. Absent when the client is not registered for the `refresh_token` grant. */
  readonly refresh_token?: string
}

/** A refusal (RFC 6749 §5.2): a code for programs and one sentence for people. */
export interface ErrorResponse {
  readonly error: string
  readonly error_description: string
}
