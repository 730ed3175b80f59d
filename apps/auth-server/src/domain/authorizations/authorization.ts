import type { Seconds } from '@countersign/shared'
import type { Client } from '../clients/client.ts'
import type { AccessTokenType } from '../resources/resource.ts'
import type { StatusReference } from '../status/status-list.ts'
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
  /** How its access tokens are typed; follows from the audience. */
  readonly tokenType: AccessTokenType
  /** Who signed in and when; absent when no user did. */
  readonly signedIn?: { readonly user: User; readonly at: Seconds }
  /** Where its status stands; absent for one that is older than status lists. */
  readonly status?: StatusReference
  /** What goes with the access token: the first, or the one a spent one was exchanged for. Its row is written already. */
  readonly refreshToken?: string
}

/** What the database remembers of an authorization: what was granted, until when, and whether it has ended. */
export interface AuthorizationRecord {
  readonly id: string
  readonly clientId: string
  readonly subject: string
  readonly scope: readonly string[]
  readonly audience: readonly string[]
  /** When the user signed in; `undefined` when no user did. */
  readonly authenticatedAt: Seconds | undefined
  /** No access token of it is alive after this instant. */
  readonly tokensExpireAt: Seconds
  /** No refresh token of it is alive after this instant; `undefined` when it has none. */
  readonly refreshExpiresAt: Seconds | undefined
  /** Where its status stands; `undefined` for one that is older than status lists. */
  readonly status: StatusReference | undefined
  readonly ended: boolean
}
