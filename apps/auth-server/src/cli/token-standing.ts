import type { Explanation } from '@countersign/access-token-verifier'
import type { Database } from '../storage/database.ts'

/** What the database knows of whom a token speaks for; `unknown` for a row that is not there (any more). */
export interface Standing {
  readonly authorization: 'in_force' | 'ended' | 'unknown'
  readonly client: 'enabled' | 'disabled' | 'unknown'
  /** Absent when the subject is the client itself. */
  readonly user?: 'enabled' | 'disabled' | 'unknown'
}

/**
 * Finds whether what a token stands on is still in force. `undefined` for one that failed a check: what it says of
 * itself need not be true.
 */
export async function standingOf(db: Database, explanation: Explanation): Promise<Standing | undefined> {
  if (explanation.kind === 'refused') return undefined
  const { subject, clientId = '', claims } = explanation.token
  const { findRegisteredClient } = await import('../domain/clients/client-store.ts')
  const { findUser } = await import('../domain/users/user-store.ts')
  const { findAuthorization } = await import('../domain/authorizations/authorization-store.ts')
  const { authorizationIdOf } = await import('../domain/tokens/access-token.ts')

  const authorization = await findAuthorization(db, authorizationIdOf(claims.jti ?? ''))
  const client = await findRegisteredClient(db, clientId)
  return {
    authorization: authorization === undefined ? 'unknown' : authorization.ended ? 'ended' : 'in_force',
    client: inAWord(client),
    ...(subject === clientId ? {} : { user: inAWord(await findUser(db, subject)) }),
  }
}

function inAWord(row: { readonly disabled: boolean } | undefined): 'enabled' | 'disabled' | 'unknown' {
  if (!row) return 'unknown'
  return row.disabled ? 'disabled' : 'enabled'
}
