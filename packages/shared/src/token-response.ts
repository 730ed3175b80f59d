import type { Seconds } from './time.ts'

/** A successful answer of the token endpoint (RFC 6749 §5.1). */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: Seconds
  /** What was granted; absent when that is nothing. */
  readonly scope?: string
  /** Works once; absent when the client is not registered for the `refresh_token` grant. */
  readonly refresh_token?: string
}

/** A refusal (RFC 6749 §5.2): a code for programs, one sentence for people. */
export interface ErrorResponse {
  readonly error: string
  readonly error_description: string
}
