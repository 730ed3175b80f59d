import type { Authorization } from '../../domain/authorizations/authorization.ts'
import type { Client } from '../../domain/clients/client.ts'
import type { GrantType } from '../../oauth/grant-type.ts'
import type { Parameters } from '../../oauth/parameters.ts'

/** A token request whose client is known and may use the grant. */
export interface TokenRequest {
  readonly parameters: Parameters
  readonly client: Client
  /** Where it comes from: the network that sign-in attempts are counted by. */
  readonly network: string
}

/**
 * One way to earn tokens (RFC 6749 §1.3). A grant proves, and opens or finds the authorization; it never signs, stores
 * tokens or answers HTTP.
 */
export interface Grant {
  readonly type: GrantType
  readonly authorize: (request: TokenRequest) => Promise<Authorization>
}
