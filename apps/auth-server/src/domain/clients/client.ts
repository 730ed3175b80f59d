import { isVisibleText, type Seconds } from '@countersign/shared'
import type { JSONWebKeySet } from 'jose'
import type { GrantType } from '../../oauth/grant-type.ts'

/** For how long a secret may be accepted beside the one that replaced it. */
export const MAX_SECRET_OVERLAP: Seconds = 366 * 86_400

/**
 * This folder owns clients: their registration, how they authenticate, and what a request of theirs may get. What was
 * granted to them belongs to `domain/authorizations`.
 *
 * A client is an application that asks for tokens (RFC 6749 §2).
 */
export interface Client {
  readonly id: string
  readonly authentication: ClientAuthentication
  readonly grantTypes: readonly GrantType[]
  readonly scope: readonly string[]
  /** The resources its tokens may be for; without one, a user's tokens are for the issuer alone. */
  readonly audiences: readonly string[]
  /** What people read of it on our pages; its id without one. */
  readonly name?: string | undefined
  readonly logoUri?: string | undefined
  /** Where the browser may be sent with a code: `matchesRedirectUri` compares. */
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  /** Where it is told that a session has ended (OIDC Back-Channel Logout §2.2). */
  readonly backchannelLogoutUri?: string | undefined
  /** Whether it is one of the operator's own, which nobody is asked for consent to. */
  readonly firstParty: boolean
}

/** A client as an operator sees one. */
export interface ClientRecord {
  readonly client: Client
  readonly disabled: boolean
  readonly createdAt: Seconds
}

/** How a client authenticates: not at all when it is public, by a secret of which we keep the hash, or by its own keys. */
export type ClientAuthentication =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'secret'
      readonly hash: string
      /** The secret before the last rotation, and until when it is accepted. */
      readonly previous?: { readonly hash: string; readonly until: Seconds }
    }
  | { readonly kind: 'keys'; readonly jwks: JSONWebKeySet }

/** Says what keeps a text from being what people read of a client, as the end of a sentence. */
export function clientNameProblem(text: string): string | undefined {
  if (text !== text.trim()) return 'must not begin or end with a space'
  if (text.length === 0 || text.length > 100) return 'must have 1 to 100 characters'
  // On a page that asks for a password it must not look like anything else.
  return isVisibleText(text)
    ? undefined
    : 'must not hold a control character, nor any other that cannot be seen'
}

/** Says what keeps a text from being a client id, as the end of a sentence; `undefined` when it is one. */
export function clientIdProblem(text: string): string | undefined {
  if (!/^[\x21-\x7e]{1,200}$/.test(text)) return 'must be 1 to 200 visible ASCII characters without a space'
  // A client's own tokens name it as subject. It must not be taken for a user (RFC 9068 §5).
  if (text.startsWith('usr_')) return 'must not begin with usr_, as user ids do'
  return undefined
}
