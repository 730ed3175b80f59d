import type { Seconds } from '@countersign/shared'
import type { Client } from '../clients/client.ts'
import type { User } from '../users/user.ts'

/** What a grant proved: a client may act for a subject within a scope. Tokens begin here and nowhere else. */
export interface Authorization {
  readonly id: string
  readonly client: Client
  /** The user's id, or the client's own (RFC 9068 §2.2). */
  readonly subject: string
  /** Of the access token to issue; the row keeps what was granted (RFC 6749 §6). */
  readonly scope: readonly string[]
  readonly audience: readonly string[]
  /** Who signed in and when; absent when no user did. */
  readonly signedIn?: { readonly user: User; readonly at: Seconds }
}
