import type { SecurityEvent } from '../../oauth/error.ts'

/** What happened to a signing key, for whoever logs it. */
export interface KeyEvent {
  readonly event: Extract<SecurityEvent, `key_${string}`>
  readonly kid: string
}
