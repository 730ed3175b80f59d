import type { Seconds } from '@countersign/shared'
import { hashSecret } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import { parseChainedToken } from './chained-token.ts'
import { findRefreshToken, listChainKeys, type RefreshTokenRecord } from './refresh-token-store.ts'

/** A refresh token of ours that somebody shows. */
export type ShownRefreshToken = {
  readonly authorizationId: string
  readonly expiresAt: Seconds
} & (
  | { readonly kind: 'unused'; readonly record: RefreshTokenRecord }
  /** Used, and remembered by its row, or known by its tag alone. */
  | { readonly kind: 'spent'; readonly record: RefreshTokenRecord | undefined }
)

/** How far ahead a clock may have been that issued a refresh token which is still taken. */
const FURTHEST_AHEAD: Seconds = 3600

/**
 * Whether a refresh token is over: it was not used in time, or was issued by a clock that was far ahead. That one would
 * live for as long as the clock was wrong.
 */
export function hasExpired({ expiresAt, record }: ShownRefreshToken, now: Seconds): boolean {
  return expiresAt <= now || (record !== undefined && record.issuedAt > now + FURTHEST_AHEAD)
}

/**
 * Finds the refresh token that somebody shows, by its row or by its tag; `undefined` when it is none of ours, or of a
 * chain that was forgotten. A row is kept until its token expires unless that is used: so whoever shows a good tag
 * without a row, in time, shows a spent token.
 */
export async function findShownRefreshToken(
  db: Database,
  token: string,
): Promise<ShownRefreshToken | undefined> {
  const record = await findRefreshToken(db, hashSecret(token))
  if (record) {
    const { authorizationId, expiresAt } = record
    return { authorizationId, expiresAt, kind: record.consumed ? 'spent' : 'unused', record }
  }
  const said = parseChainedToken(token)
  const chainKeys = said ? await listChainKeys(db, said.authorizationId) : []
  if (!said || !chainKeys.some(said.isOf)) return undefined
  return {
    authorizationId: said.authorizationId,
    expiresAt: said.expiresAt,
    kind: 'spent',
    record: undefined,
  }
}
