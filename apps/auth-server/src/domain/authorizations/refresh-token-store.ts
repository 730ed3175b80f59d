import type { Seconds } from '@countersign/shared'
import type { Selectable } from 'kysely'
import type { Database } from '../../storage/database.ts'
import { lookup } from '../../storage/queries.ts'
import type { RefreshTokensTable } from '../../storage/schema.ts'

/** A refresh token as the database remembers it: by its hash. */
export interface RefreshTokenRecord {
  readonly hash: string
  readonly authorizationId: string
  readonly issuedAt: Seconds
  readonly expiresAt: Seconds
  /** When it was exchanged, and for what; `undefined` while it is unused. */
  readonly consumed:
    | {
        readonly at: Seconds
        readonly successorHash: string
        readonly encryptedSuccessor: string | undefined
      }
    | undefined
  /** Makes the tags of its chain (`refresh-token.ts`); `undefined` for an older token, which has no tag. */
  readonly chainKey: string | undefined
  /** The consumed token whose row is removed when this one is used. */
  readonly predecessorHash: string | undefined
}

/** A refresh token that was not used yet. */
export type UnusedRefreshToken = Omit<RefreshTokenRecord, 'consumed'>

/** Adds a refresh token. */
export async function insertRefreshToken(db: Database, token: UnusedRefreshToken): Promise<void> {
  await db.insertInto('refresh_tokens').values(rowOf(token)).execute()
}

/** The refresh token with this hash, used or not; `undefined` when it is unknown, or was pruned. */
export async function findRefreshToken(db: Database, hash: string): Promise<RefreshTokenRecord | undefined> {
  const [token] = await byHash(db, hash)
  return token
}

const byHash = lookup(
  (db, hash) => db.selectFrom('refresh_tokens').selectAll().where('hash', '=', hash),
  recordOf,
)

/** The keys of the chains that descend from an authorization: one, or none when it is unknown or has older tokens only. */
export async function listChainKeys(db: Database, authorizationId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('refresh_tokens')
    .select('chain_key')
    .distinct()
    .where('authorization_id', '=', authorizationId)
    .where('chain_key', 'is not', null)
    .execute()
  return rows.flatMap((row) => row.chain_key ?? [])
}

/** Consumes a refresh token by putting its successor in its row. True for exactly one caller, however many race. */
export async function replaceRefreshToken(
  db: Database,
  hash: string,
  successor: UnusedRefreshToken,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('refresh_tokens')
    .set(rowOf(successor))
    .where('hash', '=', hash)
    .where('consumed_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Removes the row of a refresh token. */
export async function removeRefreshToken(db: Database, hash: string): Promise<void> {
  await db.deleteFrom('refresh_tokens').where('hash', '=', hash).execute()
}

/** Removes the refresh tokens of authorizations that are pruned. */
export async function removeRefreshTokensOf(
  db: Database,
  authorizationIds: readonly string[],
): Promise<void> {
  if (authorizationIds.length === 0) return
  await db.deleteFrom('refresh_tokens').where('authorization_id', 'in', authorizationIds).execute()
}

/** Consumes a refresh token and keeps its row. True for exactly one caller, however many race. */
export async function consumeRefreshToken(
  db: Database,
  hash: string,
  consumed: {
    readonly at: Seconds
    readonly successorHash: string
    readonly encryptedSuccessor: string | undefined
  },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('refresh_tokens')
    .set({
      consumed_at: consumed.at,
      successor_hash: consumed.successorHash,
      sealed_successor: consumed.encryptedSuccessor ?? null,
    })
    .where('hash', '=', hash)
    .where('consumed_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Prunes at most `limit` refresh tokens that have expired by an instant, used or not; says how many. */
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

function rowOf(token: UnusedRefreshToken) {
  return {
    hash: token.hash,
    authorization_id: token.authorizationId,
    issued_at: token.issuedAt,
    expires_at: token.expiresAt,
    consumed_at: null,
    successor_hash: null,
    sealed_successor: null,
    chain_key: token.chainKey ?? null,
    predecessor_hash: token.predecessorHash ?? null,
  }
}

function recordOf(row: Selectable<RefreshTokensTable>): RefreshTokenRecord {
  return {
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
            encryptedSuccessor: row.sealed_successor ?? undefined,
          },
    chainKey: row.chain_key ?? undefined,
    predecessorHash: row.predecessor_hash ?? undefined,
  }
}
