import { OAuthError } from '../../oauth/error.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import { type PresentedCredentials, parsePresentedCredentials } from '../../oauth/presented-credentials.ts'
import { equalHashes, hashSecret } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import type { Client } from './client.ts'
import { findClient } from './client-store.ts'

export interface AuthenticateClientDeps {
  readonly db: Database
  /** The public client a request without any client identification is treated as. */
  readonly defaultClient: string | undefined
}

/** Compared with when no client has the id, so that an unknown one costs the same as a wrong secret. */
const HASH_OF_NOTHING = hashSecret('')

/**
 * Finds and authenticates the client of a request (RFC 6749 §2.3, §3.2.1). Throws `invalid_client`, in the same words
 * for an unknown id, a disabled client, a wrong secret and a method the client is not registered for.
 */
export async function authenticateClient(
  deps: AuthenticateClientDeps,
  authorization: readonly string[],
  request: Parameters,
): Promise<Client> {
  const presented = parsePresentedCredentials(authorization, request)
  const clientId = presented.kind === 'nothing' ? deps.defaultClient : presented.clientId
  if (clientId === undefined) {
    throw new OAuthError(
      'invalid_client',
      'Which client is asking? Send its client_id, and authenticate it if it has a secret.',
    )
  }

  const client = await findClient(deps.db, clientId)
  const proven = provesClient(presented, client)
  if (!client || !proven) {
    throw new OAuthError(
      'invalid_client',
      'The client is unknown, or did not authenticate as it is registered to.',
      {
        event: 'client_authentication_failed',
        detail: client ? 'wrong credentials' : 'unknown or disabled client',
      },
    )
  }
  return client
}

function provesClient(presented: PresentedCredentials, client: Client | undefined): boolean {
  const expected = client?.authentication ?? { kind: 'secret', hash: HASH_OF_NOTHING }
  if (presented.kind !== 'secret') return expected.kind === 'none'

  const same = equalHashes(
    hashSecret(presented.secret),
    expected.kind === 'secret' ? expected.hash : HASH_OF_NOTHING,
  )
  return same && expected.kind === 'secret' && client !== undefined
}
