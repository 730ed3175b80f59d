import type { Clock, Seconds } from '@countersign/shared'
import { hashSecret } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import type { AuthorizationRecord } from './authorization.ts'
import { findAuthorization } from './authorization-store.ts'
import { parseRefreshToken } from './refresh-token.ts'
import { findRefreshToken, listChainKeys, type RefreshTokenRecord } from './refresh-token-store.ts'
import { revokeAuthorization } from './revoke-authorizations.ts'

/** A refresh token of ours that somebody presents. */
export type FoundRefreshToken = {
  readonly authorizationId: string
  readonly expiresAt: Seconds
} & (
  | { readonly kind: 'unused'; readonly record: RefreshTokenRecord }
  /** Its row remembers that it was consumed, or is gone, and its tag alone tells. */
  | { readonly kind: 'consumed'; readonly record: RefreshTokenRecord | undefined }
)

/** What a presented refresh token turned out to be, before anything is consumed. */
export type PresentedRefreshToken =
  | {
      readonly kind: 'usable'
      readonly token: string
      readonly record: RefreshTokenRecord
      readonly authorization: AuthorizationRecord
      /** The instant of the request. */
      readonly presentedAt: Seconds
    }
  | ReusedRefreshToken
  | {
      readonly kind: 'refused'
      readonly because: 'unknown' | 'other_client' | 'revoked' | 'expired'
      /** Of the authorization, where the client has presented a token of its own. */
      readonly subject?: string
    }

/** A consumed refresh token came back, and its authorization is revoked. */
export interface ReusedRefreshToken {
  readonly kind: 'reused'
  readonly authorizationId: string
  readonly subject: string
}

export interface PresentedRefreshTokenDeps {
  readonly db: Database
  readonly now: Clock
  /** For how long after its use a token still buys the same successor again; 0 for not at all. */
  readonly refreshReuseGrace: Seconds
}

/** How far ahead the clock may have been that issued a refresh token which is still accepted. */
const MAX_CLOCK_LEAD: Seconds = 3600

/**
 * Whether a refresh token has expired: it was not used in time, or was issued by a clock that was far ahead. That one
 * would live for as long as the clock was wrong.
 */
export function hasExpired({ expiresAt, record }: FoundRefreshToken, now: Seconds): boolean {
  return expiresAt <= now || (record !== undefined && record.issuedAt > now + MAX_CLOCK_LEAD)
}

/**
 * Finds a presented refresh token by its row or by its tag; `undefined` when it is none of ours, or of a chain that was
 * pruned. A row is kept until its token expires or is used. A good tag without a row, in time, is therefore that of a
 * consumed token.
 */
export async function findPresentedRefreshToken(
  db: Database,
  token: string,
): Promise<FoundRefreshToken | undefined> {
  const record = await findRefreshToken(db, hashSecret(token))
  if (record) {
    const { authorizationId, expiresAt } = record
    return { authorizationId, expiresAt, kind: record.consumed ? 'consumed' : 'unused', record }
  }
  const parsed = parseRefreshToken(token)
  const chainKeys = parsed ? await listChainKeys(db, parsed.authorizationId) : []
  if (!parsed || !chainKeys.some(parsed.isOf)) return undefined
  const { authorizationId, expiresAt } = parsed
  return { authorizationId, expiresAt, kind: 'consumed', record: undefined }
}

/**
 * Finds out what a client presents, in the order that protects (RFC 9700 §4.14.2): the token exists → it is this
 * client's → its authorization is not revoked → it was not consumed → it has not expired. Only a client that presents its
 * own token gets as far as reuse, which revokes the authorization. A stranger who has found one can revoke nothing with it.
 */
export async function examineRefreshToken(
  deps: PresentedRefreshTokenDeps,
  token: string,
  clientId: string,
): Promise<PresentedRefreshToken> {
  const presentedAt = deps.now()
  const found = await findPresentedRefreshToken(deps.db, token)
  const authorization = found && (await findAuthorization(deps.db, found.authorizationId))
  if (!authorization) return { kind: 'refused', because: 'unknown' }
  if (authorization.clientId !== clientId) return { kind: 'refused', because: 'other_client' }
  const { subject } = authorization
  if (authorization.revoked || authorization.refreshExpiresAt === undefined)
    return { kind: 'refused', because: 'revoked', subject }

  const expired = hasExpired(found, presentedAt)
  // Without a row it was consumed, or has expired unused and was pruned: a client that is merely late is no thief.
  if (!found.record)
    return expired
      ? { kind: 'refused', because: 'expired', subject }
      : revokeReused(deps.db, authorization, presentedAt)
  const { consumed } = found.record
  if (consumed && !(await isRetry(deps, consumed, presentedAt)))
    return revokeReused(deps.db, authorization, presentedAt)
  if (expired) return { kind: 'refused', because: 'expired', subject }
  return { kind: 'usable', token, record: found.record, authorization, presentedAt }
}

/**
 * Whether the client repeats a request of a moment ago whose answer it has not used: the answer was lost, not stolen. An
 * instant a moment ahead may come from another replica's clock. One further ahead comes from a clock that was wrong, and
 * would open a grace without an end.
 */
export async function isRetry(
  { db, refreshReuseGrace }: PresentedRefreshTokenDeps,
  consumed: NonNullable<RefreshTokenRecord['consumed']>,
  now: Seconds,
): Promise<boolean> {
  if (consumed.encryptedSuccessor === undefined) return false
  if (Math.abs(now - consumed.at) >= refreshReuseGrace) return false
  const successor = await findRefreshToken(db, consumed.successorHash)
  return successor !== undefined && successor.consumed === undefined
}

/** Revokes the authorization of a refresh token that was presented again. */
export async function revokeReused(
  db: Database,
  { id, subject }: Pick<AuthorizationRecord, 'id' | 'subject'>,
  now: Seconds,
): Promise<ReusedRefreshToken> {
  await revokeAuthorization(db, id, now)
  return { kind: 'reused', authorizationId: id, subject }
}
