import type { AccessTokenError, Explanation } from '@countersign/access-token-verifier'
import { findAuthorization } from '../../domain/authorizations/authorization-store.ts'
import { findClientRecord } from '../../domain/clients/client-store.ts'
import { authorizationIdOf } from '../../domain/tokens/access-token.ts'
import { findUser } from '../../domain/users/user-store.ts'
import type { Database } from '../../storage/database.ts'
import { unprovenClaims } from './presented-token.ts'

/** What is read of a token whose signature, issuer and times hold. */
export interface TokenClaims {
  readonly sub?: string
  readonly client_id?: string
  readonly jti?: string
  readonly exp?: number
}

/** What the database knows of whom a token speaks for; `unknown` for a row that is not there (any more). */
export interface Standing {
  readonly authorization: 'in_force' | 'ended' | 'unknown'
  readonly client: 'enabled' | 'disabled' | 'unknown'
  /** Absent when the subject is the client itself. */
  readonly user?: 'enabled' | 'disabled' | 'unknown'
}

/**
 * The claims of a token that has passed every check but perhaps that of the scope; `undefined` for another, since what it
 * says of itself need not be true.
 */
export function provenClaims(explanation: Explanation, token: string): TokenClaims | undefined {
  if (explanation.kind === 'accepted') return explanation.token.claims
  // The scope is asked for last: the types of the claims are proven by then.
  return explanation.error.code === 'insufficient_scope' ? unprovenClaims(token) : undefined
}

/**
 * What a verifier says that reads the status list, which nobody is asked for here: the database knows without that the
 * authorization has ended. The check of the status fails, and those after it are not reached.
 */
export function refusedByStatus(explanation: Explanation, error: AccessTokenError): Explanation {
  const at = explanation.steps.findIndex(({ check }) => check === 'status')
  const notReached = explanation.kind === 'refused' ? explanation.notReached : []
  return {
    kind: 'refused',
    steps: [
      ...explanation.steps.slice(0, at),
      { check: 'status', expected: 'valid', found: 'its authorization has ended', ok: false },
    ],
    notReached: [...explanation.steps.slice(at + 1).map(({ check }) => check), ...notReached],
    error,
  }
}

/** Finds whether what a token stands on is still in force. */
export async function standingOf(
  db: Database,
  { sub = '', client_id: clientId = '', jti = '' }: TokenClaims,
): Promise<Standing> {
  const authorization = await findAuthorization(db, authorizationIdOf(jti))
  const client = await findClientRecord(db, clientId)
  return {
    authorization: authorization === undefined ? 'unknown' : authorization.revoked ? 'ended' : 'in_force',
    client: inAWord(client),
    ...(sub === clientId ? {} : { user: inAWord(await findUser(db, sub)) }),
  }
}

function inAWord(row: { readonly disabled: boolean } | undefined): 'enabled' | 'disabled' | 'unknown' {
  if (!row) return 'unknown'
  return row.disabled ? 'disabled' : 'enabled'
}
