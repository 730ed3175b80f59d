import type { Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { lookup } from '../../storage/lookup.ts'

/** A refresh token as the database remembers it: by its hash. */
export interface RefreshTokenRecord {
  readonly hash: string
  readonly authorizationId: string
  readonly issuedAt: Seconds
  readonly expiresAt: Seconds
  /** What became of it; `undefined` while it can be used. */
  readonly consumed:
    | { readonly at: Seconds; readonly successorHash: string; readonly sealedSuccessor: string | undefined }
    | undefined
}

/** Adds a refresh token that nobody has used yet. */
export async function insertRefreshToken(
  db: Database,
  token: Omit<RefreshTokenRecord, 'consumed'>,
): Promise<void> {
  await db
    .insertInto('refresh_tokens')
    .values({
      hash: token.hash,
      authorization_id: token.authorizationId,
      issued_at: token.issuedAt,
      expires_at: token.expiresAt,
      consumed_at: null,
      successor_hash: null,
      sealed_successor: null,
    })
    .execute()
}

/** The refresh token with this hash, used or not; `undefined` when it is unknown, or was pruned. */
export async function findRefreshToken(db: Database, hash: string): Promise<RefreshTokenRecord | undefined> {
  const [row] = await byHash(db, hash)
  return (
    row && {
      hash: row.hash,
      authorizationId: row.authorization_id,
      issuedAt: row.issued_at,
      expiresAt: row.expires_at,
      consumed:
        row.consumed_at === null || row.successor_hash === null
          ? undefined
          : {
              at: row.consumed_at,
              successorHash: row.successor_hash,
              sealedSuccessor: row.sealed_successor ?? undefined,
            },
    }
  )
}

const byHash = lookup((db, hash) => db.selectFrom('refresh_tokens').selectAll().where('hash', '=', hash))

/** Marks a refresh token as used, for its successor. True for exactly one caller, however many race. */
export async function consumeRefreshToken(
  db: Database,
  hash: string,
  consumed: {
    readonly at: Seconds
    readonly successorHash: string
    readonly sealedSuccessor: string | undefined
  },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('refresh_tokens')
    .set({
      consumed_at: consumed.at,
      successor_hash: consumed.successorHash,
      sealed_successor: consumed.sealedSuccessor ?? null,
    })
    .where('hash', '=', hash)
    .where('consumed_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Forgets at most `limit` refresh tokens that have expired by an instant, used or not; says how many. */
export async function pruneRefreshTokens(
  db: Database,
  { before, limit }: { readonly before: Seconds; readonly limit: number },
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('refresh_tokens')
    .where('hash', 'in', (tokens) =>
      tokens
        .selectFrom('refresh_tokens')
        .select('hash')
        .where('expires_at', '<', before)
        .orderBy('expires_at')
        .limit(limit),
    )
    .where('expires_at', '<', before)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
