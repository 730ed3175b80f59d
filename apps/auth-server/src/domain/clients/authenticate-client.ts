import type { Clock, Seconds } from '@countersign/shared'
import { OAuthError } from '../../oauth/error.ts'
import type { Parameters } from '../../oauth/parameters.ts'
import { type PresentedCredentials, parsePresentedCredentials } from '../../oauth/presented-credentials.ts'
import { equalHashes, hashSecret } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import type { Attempt, AttemptThrottle } from '../attempts/attempt-throttle.ts'
import { type Client, type ClientAuthentication, clientIdProblem, MAX_SECRET_OVERLAP } from './client.ts'
import { proveClientAssertion } from './client-assertion.ts'
import { findClient } from './client-store.ts'

export interface AuthenticateClientDeps {
  readonly db: Database
  readonly now: Clock
  /** The names of this server that an assertion may be addressed to, each alone. */
  readonly assertionAudiences: readonly string[]
  /** The public client a request without any client identification is treated as. */
  readonly defaultClient: string | undefined
  readonly clientThrottle: AttemptThrottle
}

/** What a request shows of who sends it, besides its form. */
export interface Sender {
  /** Every `Authorization` header. */
  readonly authorization: readonly string[]
  /** The network it comes from: what failures are counted by. */
  readonly network: string
}

/** How an endpoint calls it: `app.ts` has given the rest. */
export type AuthenticateClient = (sender: Sender, request: Parameters) => Promise<Client>

/** Compared with when no client has the id, so that an unknown id costs the same as a wrong secret. */
const HASH_OF_NOTHING = hashSecret('')

const UNPROVEN = 'The client is unknown, or did not authenticate as it is registered to.'

/**
 * Finds and authenticates the client of a request (RFC 6749 §2.3, §3.2.1). Throws `invalid_client`, in the same words
 * for an unknown id, a disabled client, a wrong secret and a method the client is not registered for; an assertion that
 * the client has really signed is told what is wrong with it. Throws `too_many_attempts` when that fails too often.
 */
export async function authenticateClient(
  deps: AuthenticateClientDeps,
  { authorization, network }: Sender,
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

  // The database is asked only for what can be an id: PostgreSQL refuses text with a NUL in it.
  const client = clientIdProblem(clientId) === undefined ? await findClient(deps.db, clientId) : undefined
  const attempt = showsSecret(presented) ? deps.clientThrottle({ name: clientId, network }) : UNCOUNTED
  await attempt.admit()
  const refusal = await credentialsProblem(deps, presented, client)
  if (!client || refusal) {
    // Only the client itself can sign an assertion. That is no guess: its clock, or its library, is wrong.
    if (refusal?.description === UNPROVEN) await attempt.fail()
    throw new OAuthError('invalid_client', refusal?.description ?? UNPROVEN, {
      event: 'client_authentication_failed',
      detail: client ? 'wrong credentials' : 'unknown or disabled client',
    })
  }
  await attempt.admit()
  await attempt.succeed()
  return client
}

/** An id alone is not guessed at: ids are no secrets. */
const UNCOUNTED: Attempt = { admit: async () => {}, fail: async () => {}, succeed: async () => {} }

function showsSecret({ kind }: PresentedCredentials): boolean {
  return kind === 'secret' || kind === 'assertion'
}

/** What keeps the credentials from proving the client; `undefined` when they do. */
async function credentialsProblem(
  deps: AuthenticateClientDeps,
  presented: PresentedCredentials,
  client: Client | undefined,
): Promise<{ readonly description: string } | undefined> {
  const expected: ClientAuthentication = client?.authentication ?? { kind: 'secret', hash: HASH_OF_NOTHING }
  switch (presented.kind) {
    case 'nothing':
    case 'id':
      return expected.kind === 'none' ? undefined : { description: UNPROVEN }
    case 'secret':
      // Every reading is compared, even when one is right, so that the time does not tell which it was.
      return presented.readings.filter((secret) => isSecretOf(expected, secret, deps.now())).length > 0 &&
        client
        ? undefined
        : { description: UNPROVEN }
    case 'assertion': {
      if (expected.kind !== 'keys') return { description: UNPROVEN }
      const outcome = await proveClientAssertion(deps, presented.assertion, {
        id: presented.clientId,
        jwks: expected.jwks,
      })
      if (outcome.kind === 'proven') return undefined
      return { description: outcome.because ? `The client assertion ${outcome.because}.` : UNPROVEN }
    }
    default:
      throw presented satisfies never
  }
}

/** Whether a previous secret is accepted. A clock that was years ahead when it was replaced does not count. */
function isAccepted(until: Seconds, now: Seconds): boolean {
  return until > now && until <= now + MAX_SECRET_OVERLAP
}

/** Both comparisons are always made, so that the time does not tell which secret it was. */
function isSecretOf(expected: ClientAuthentication, secret: string, now: Seconds): boolean {
  const hash = hashSecret(secret)
  const kept = expected.kind === 'secret' ? expected : { hash: HASH_OF_NOTHING }
  const previous =
    'previous' in kept && kept.previous && isAccepted(kept.previous.until, now)
      ? kept.previous.hash
      : HASH_OF_NOTHING
  const isCurrent = equalHashes(hash, kept.hash)
  const isPrevious = equalHashes(hash, previous)
  return expected.kind === 'secret' && hash !== HASH_OF_NOTHING && (isCurrent || isPrevious)
}
