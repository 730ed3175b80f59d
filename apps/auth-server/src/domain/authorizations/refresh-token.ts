import type { Clock, Seconds } from '@countersign/shared'
import { sealSecret, unsealSecret } from '../../oauth/sealed-secret.ts'
import { hashSecret, mintId } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import type { AuthorizationRecord } from './authorization.ts'
import { extendTokensExpireAt, findAuthorization } from './authorization-store.ts'
import { mintChainedToken, parseChainedToken } from './chained-token.ts'
import {
  consumeRefreshToken,
  findRefreshToken,
  insertRefreshToken,
  type RefreshTokenRecord,
  removeRefreshToken,
  replaceRefreshToken,
  type UnusedRefreshToken,
} from './refresh-token-store.ts'
import { endAuthorization } from './revoke-authorizations.ts'
import { findShownRefreshToken, hasExpired } from './shown-refresh-token.ts'

export interface RefreshTokenDeps {
  readonly db: Database
  readonly now: Clock
  readonly accessTokenLifetime: Seconds
  /** How long a refresh token lives unused. */
  readonly refreshTokenIdleLifetime: Seconds
  /** For how long after its use a token still buys the same successor again; 0 for not at all. */
  readonly refreshReuseGrace: Seconds
}

/** What a presented refresh token turned out to be, before anything is spent. */
export type PresentedRefreshToken =
  | {
      readonly kind: 'usable'
      readonly token: string
      readonly record: RefreshTokenRecord
      readonly authorization: AuthorizationRecord
    }
  | { readonly kind: 'reused'; readonly authorizationId: string; readonly subject: string }
  | {
      readonly kind: 'refused'
      readonly because: RefusedRefreshToken
      /** Of the authorization, where the client has shown a token of its own. */
      readonly subject?: string
    }

export type RefusedRefreshToken = 'unknown' | 'other_client' | 'ended' | 'expired'

export type Rotation =
  | { readonly kind: 'rotated'; readonly successor: string }
  | { readonly kind: 'reused'; readonly authorizationId: string; readonly subject: string }
  | { readonly kind: 'refused'; readonly because: 'ended'; readonly subject: string }

/** Mints the first refresh token of a chain. */
export function mintFirstRefreshToken(
  row: Pick<UnusedRefreshToken, 'authorizationId' | 'issuedAt' | 'expiresAt'>,
): MintedToken {
  return mint({ ...row, chainKey: mintId('ck') })
}

/**
 * Finds out what a client presents, in the order that protects (RFC 9700 §4.14.2): it exists → it is this client's → its
 * authorization stands → it was not used before → it has not expired. Only a client that shows its own token can come
 * as far as reuse, which ends the authorization: a stranger who has found one cannot end anything with it.
 */
export async function findPresentedRefreshToken(
  deps: RefreshTokenDeps,
  token: string,
  clientId: string,
): Promise<PresentedRefreshToken> {
  const shown = await findShownRefreshToken(deps.db, token)
  const authorization = shown && (await findAuthorization(deps.db, shown.authorizationId))
  if (!authorization) return { kind: 'refused', because: 'unknown' }
  if (authorization.clientId !== clientId) return { kind: 'refused', because: 'other_client' }
  const { subject } = authorization
  if (authorization.ended || authorization.refreshExpiresAt === undefined)
    return { kind: 'refused', because: 'ended', subject }

  const expired = hasExpired(shown, deps.now())
  // Without a row it was used, or has expired unused and was forgotten: nobody is called a thief who is only late.
  if (!shown.record)
    return expired ? { kind: 'refused', because: 'expired', subject } : reuse(deps, authorization)
  const { consumed } = shown.record
  if (consumed && !(await isRetry(deps, consumed))) return reuse(deps, authorization)
  if (expired) return { kind: 'refused', because: 'expired', subject }
  return { kind: 'usable', token, record: shown.record, authorization }
}

/**
 * Exchanges a refresh token for its successor: one transaction, one winner however many race. Whoever loses the race has
 * shown a spent token, and is treated so. Within the reuse grace a retry gets the same successor again: there is one
 * chain, always.
 */
export async function rotateRefreshToken(
  deps: RefreshTokenDeps,
  { token, record, authorization }: Extract<PresentedRefreshToken, { kind: 'usable' }>,
): Promise<Rotation> {
  const now = deps.now()
  const knowsItself = record.chainKey !== undefined && parseChainedToken(token)?.isOf(record.chainKey)
  const successor = mint({
    authorizationId: authorization.id,
    issuedAt: now,
    expiresAt: Math.min(now + deps.refreshTokenIdleLifetime, authorization.refreshExpiresAt ?? now),
    chainKey: record.chainKey ?? mintId('ck'),
    ...(knowsItself && { predecessorHash: record.hash }),
  })

  const outcome = await deps.db.transaction().execute(async (db) => {
    if (record.consumed || !(await spend(deps, { db, token, record, successor }))) return 'spent'
    // Last, because it asks once more whether the authorization stands: it may have ended since we looked.
    return (await extendTokensExpireAt(db, authorization.id, now + deps.accessTokenLifetime))
      ? 'rotated'
      : 'ended'
  })

  if (outcome === 'rotated') return { kind: 'rotated', successor: successor.token }
  if (outcome === 'ended') return { kind: 'refused', because: 'ended', subject: authorization.subject }
  return repeatRotation(deps, token, authorization)
}

/** A refresh token, and the row that remembers it. */
export interface MintedToken {
  readonly token: string
  readonly unused: UnusedRefreshToken
}

function mint(
  row: Omit<UnusedRefreshToken, 'hash' | 'predecessorHash'> & {
    readonly chainKey: string
    readonly predecessorHash?: string
  },
): MintedToken {
  const token = mintChainedToken(row.chainKey, row)
  return { token, unused: { predecessorHash: undefined, ...row, hash: hashSecret(token) } }
}

/**
 * Uses a token up, for its successor. A chain keeps one row: a spent token is known by its tag. While a retry may ask for
 * the successor again it keeps two. An older token, without a tag, is known by its row alone, which stays until it expires.
 */
async function spend(
  { refreshReuseGrace }: RefreshTokenDeps,
  {
    db,
    token,
    record,
    successor: { token: successor, unused },
  }: {
    readonly db: Database
    readonly token: string
    readonly record: RefreshTokenRecord
    readonly successor: MintedToken
  },
): Promise<boolean> {
  if (refreshReuseGrace === 0 && unused.predecessorHash !== undefined) {
    return replaceRefreshToken(db, record.hash, { ...unused, predecessorHash: undefined })
  }
  const sealedSuccessor = refreshReuseGrace > 0 ? sealSecret(successor, token) : undefined
  const consumed = { at: unused.issuedAt, successorHash: unused.hash, sealedSuccessor }
  if (!(await consumeRefreshToken(db, record.hash, consumed))) return false
  if (record.predecessorHash !== undefined) await removeRefreshToken(db, record.predecessorHash)
  await insertRefreshToken(db, unused)
  return true
}

async function repeatRotation(
  deps: RefreshTokenDeps,
  token: string,
  authorization: Pick<AuthorizationRecord, 'id' | 'subject'>,
): Promise<Rotation> {
  const { id, subject } = authorization
  const record = await findRefreshToken(deps.db, hashSecret(token))
  const sealed =
    record?.consumed && (await isRetry(deps, record.consumed)) ? record.consumed.sealedSuccessor : undefined
  if (sealed === undefined) return reuse(deps, authorization)

  const stands = await extendTokensExpireAt(deps.db, id, deps.now() + deps.accessTokenLifetime)
  return stands
    ? { kind: 'rotated', successor: unsealSecret(sealed, token) }
    : { kind: 'refused', because: 'ended', subject }
}

/**
 * The client says again what it said a moment ago, and has not used the answer: it was lost, not stolen. A moment ahead
 * may be another replica's clock; further ahead it is a clock that was wrong, and would open a grace without an end.
 */
async function isRetry(
  { db, now, refreshReuseGrace }: RefreshTokenDeps,
  consumed: NonNullable<RefreshTokenRecord['consumed']>,
): Promise<boolean> {
  if (consumed.sealedSuccessor === undefined) return false
  if (Math.abs(now() - consumed.at) >= refreshReuseGrace) return false
  const successor = await findRefreshToken(db, consumed.successorHash)
  return successor !== undefined && successor.consumed === undefined
}

async function reuse(
  deps: RefreshTokenDeps,
  { id, subject }: Pick<AuthorizationRecord, 'id' | 'subject'>,
): Promise<Extract<Rotation, { kind: 'reused' }>> {
  await endAuthorization(deps.db, id, deps.now())
  return { kind: 'reused', authorizationId: id, subject }
}
