import type { Seconds } from '@countersign/shared'
import type { Client } from '../clients/client.ts'
import type { AccessTokenType } from '../resources/resource.ts'
import type { StatusReference } from '../status/status-list.ts'
import type { User } from '../users/user.ts'

/**
 * This folder owns authorizations: opening, limiting, revoking and pruning them, and the refresh tokens that descend from
 * them. Access tokens are issued from an authorization elsewhere (`domain/tokens`), and the bits of revoked ones are
 * published by `domain/status`.
 *
 * An authorization is what a grant proved: a client may act for a subject within a scope. Every token begins here.
 */
export interface Authorization {
  readonly id: string
  readonly client: Client
  /** The user's id, or the client's own (RFC 9068 §2.2). */
  readonly subject: string
  /** The instant of the request. What its tokens say, and what the database remembers of them, follows from it. */
  readonly issuedAt: Seconds
  /** Of the access token to issue; the row keeps what was granted (RFC 6749 §6). */
  readonly scope: readonly string[]
  readonly audience: readonly string[]
  /** How its access tokens are typed; follows from the audience. */
  readonly tokenType: AccessTokenType
  /** Who signed in and when; absent when no user did. */
  readonly signedIn?: { readonly user: User; readonly at: Seconds }
  /** Its entry in a status list; absent for one that is older than status lists. */
  readonly status?: StatusReference
  /** Goes with the access token: the first, or the successor of the one that was presented. Its row is written already. */
  readonly refreshToken?: string
}

/** What the database remembers of an authorization: what was granted, until when, and whether it was revoked. */
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
  /** Its entry in a status list; `undefined` for one that is older than status lists. */
  readonly status: StatusReference | undefined
  readonly revoked: boolean
}
