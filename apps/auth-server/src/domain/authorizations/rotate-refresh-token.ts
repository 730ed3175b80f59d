import type { Seconds } from '@countersign/shared'
import { hashSecret, mintId } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import { extendTokensExpireAt } from './authorization-store.ts'
import {
  isRetry,
  type PresentedRefreshToken,
  type PresentedRefreshTokenDeps,
  type ReusedRefreshToken,
  revokeReused,
} from './presented-refresh-token.ts'
import {
  decryptSuccessor,
  encryptSuccessor,
  type MintedRefreshToken,
  mintRefreshToken,
  parseRefreshToken,
} from './refresh-token.ts'
import {
  consumeRefreshToken,
  findRefreshToken,
  insertRefreshToken,
  type RefreshTokenRecord,
  removeRefreshToken,
  replaceRefreshToken,
} from './refresh-token-store.ts'

export interface RotateRefreshTokenDeps extends PresentedRefreshTokenDeps {
  readonly accessTokenLifetime: Seconds
  /** How long a refresh token lives unused. */
  readonly refreshTokenIdleLifetime: Seconds
}

export type UsableRefreshToken = Extract<PresentedRefreshToken, { kind: 'usable' }>

export type Rotation =
  | { readonly kind: 'rotated'; readonly successor: string }
  | ReusedRefreshToken
  | { readonly kind: 'refused'; readonly because: 'revoked' | 'unreadable'; readonly subject: string }

/**
 * Exchanges a refresh token for its successor, in one transaction: of all who race, one wins. Those who lose have
 * presented a consumed token, and are treated so. Within the reuse grace a retry gets the same successor again: there is
 * always one chain.
 */
export async function rotateRefreshToken(
  deps: RotateRefreshTokenDeps,
  presented: UsableRefreshToken,
): Promise<Rotation> {
  const { token, record, authorization, presentedAt } = presented
  const { subject } = authorization
  if (record.consumed) return repeatRotation(deps, presented)

  const hasTag = record.chainKey !== undefined && parseRefreshToken(token)?.isOf(record.chainKey)
  const successor = mintRefreshToken({
    authorizationId: authorization.id,
    issuedAt: presentedAt,
    expiresAt: Math.min(
      presentedAt + deps.refreshTokenIdleLifetime,
      authorization.refreshExpiresAt ?? presentedAt,
    ),
    chainKey: record.chainKey ?? mintId('ck'),
    ...(hasTag && { predecessorHash: record.hash }),
  })
  const encryptedSuccessor =
    deps.refreshReuseGrace > 0 ? await encryptSuccessor(successor.token, token) : undefined

  const outcome = await deps.db.transaction().execute(async (transaction) => {
    if (!(await consume(transaction, { record, successor, encryptedSuccessor }))) return 'consumed'
    // Last, because it asks once more whether the authorization was revoked since we looked.
    return (await extendTokensExpireAt(transaction, authorization.id, presentedAt + deps.accessTokenLifetime))
      ? 'rotated'
      : 'revoked'
  })

  if (outcome === 'rotated') return { kind: 'rotated', successor: successor.token }
  if (outcome === 'revoked') return { kind: 'refused', because: 'revoked', subject }
  return repeatRotation(deps, presented)
}

/**
 * Consumes a token, for its successor. A chain keeps one row, since a consumed token is known by its tag. While a retry
 * may ask for the successor again it keeps two. An older token, without a tag, is known by its row alone, which stays
 * until it expires.
 */
async function consume(
  transaction: Database,
  {
    record,
    successor: { row },
    encryptedSuccessor,
  }: {
    readonly record: RefreshTokenRecord
    readonly successor: MintedRefreshToken
    readonly encryptedSuccessor: string | undefined
  },
): Promise<boolean> {
  if (encryptedSuccessor === undefined && row.predecessorHash !== undefined) {
    return replaceRefreshToken(transaction, record.hash, { ...row, predecessorHash: undefined })
  }
  const consumed = { at: row.issuedAt, successorHash: row.hash, encryptedSuccessor }
  if (!(await consumeRefreshToken(transaction, record.hash, consumed))) return false
  if (record.predecessorHash !== undefined) await removeRefreshToken(transaction, record.predecessorHash)
  await insertRefreshToken(transaction, row)
  return true
}

/** Gives the successor of a consumed token once more to a client that retries; to any other this is reuse. */
async function repeatRotation(
  deps: RotateRefreshTokenDeps,
  { token, authorization, presentedAt }: UsableRefreshToken,
): Promise<Rotation> {
  const { id, subject } = authorization
  const record = await findRefreshToken(deps.db, hashSecret(token))
  const encrypted =
    record?.consumed && (await isRetry(deps, record.consumed, presentedAt))
      ? record.consumed.encryptedSuccessor
      : undefined
  if (encrypted === undefined) return revokeReused(deps.db, authorization, presentedAt)

  const successor = await decryptSuccessor(encrypted, token)
  if (successor === undefined) return { kind: 'refused', because: 'unreadable', subject }
  return (await extendTokensExpireAt(deps.db, id, presentedAt + deps.accessTokenLifetime))
    ? { kind: 'rotated', successor }
    : { kind: 'refused', because: 'revoked', subject }
}
