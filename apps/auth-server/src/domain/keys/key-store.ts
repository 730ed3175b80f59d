import type { Seconds } from '@countersign/shared'
import type { JWK } from 'jose'
import { type Selectable, sql } from 'kysely'
import type { Database } from '../../storage/database.ts'
import { withLock } from '../../storage/lock.ts'
import type { SigningKeysTable } from '../../storage/schema.ts'
import type { EncryptedKey, SigningKey } from './signing-key.ts'

/** Every row of a key, oldest first: `sortKeys` tells which of them are ours. */
export async function listSigningKeys(db: Database): Promise<readonly SigningKey[]> {
  const rows = await db
    .selectFrom('signing_keys')
    .selectAll()
    .orderBy('published_at')
    .orderBy('kid')
    .execute()
  return rows.map(signingKeyOf)
}

/** Adds the first key of an empty table. False when another process was faster: then nothing changes. */
export async function insertFirstSigningKey(db: Database, key: SigningKey): Promise<boolean> {
  return withLock(db, 'signing-keys', async (transaction) => {
    const existing = await transaction.selectFrom('signing_keys').select('kid').limit(1).executeTakeFirst()
    if (existing) return false
    await insertSigningKey(transaction, key)
    return true
  })
}

/** Adds a key. */
export async function insertSigningKey(db: Database, key: SigningKey): Promise<void> {
  await db
    .insertInto('signing_keys')
    .values({
      kid: key.kid,
      algorithm: key.algorithm,
      public_jwk: JSON.stringify(key.publicJwk),
      private_jwe: key.privateJwe,
      published_at: key.publishedAt,
      signs_from: key.signsFrom,
      activated_at: key.activatedAt ?? null,
      retired_at: key.retiredAt ?? null,
      tokens_expire_at: key.tokensExpireAt,
    })
    .execute()
}

/** Adds a key that has signed nothing, and signs from a given instant on. */
export async function insertPendingKey(
  db: Database,
  key: EncryptedKey,
  { now, signsFrom }: { readonly now: Seconds; readonly signsFrom: Seconds },
): Promise<void> {
  await insertSigningKey(db, {
    ...key,
    publishedAt: now,
    signsFrom,
    activatedAt: undefined,
    retiredAt: undefined,
    tokensExpireAt: now,
  })
}

/** Lets a pending key sign. True for exactly one caller; the one that signed before must have been retired. */
export async function activateKey(db: Database, kid: string, now: Seconds): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('signing_keys')
    .set({ activated_at: now })
    .where('kid', '=', kid)
    .where('activated_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Ends an active key's signing; it stays published. True for exactly one caller. */
export async function retireKey(db: Database, kid: string, now: Seconds): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('signing_keys')
    .set({ retired_at: now })
    .where('kid', '=', kid)
    .where('activated_at', 'is not', null)
    .where('retired_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Removes a retired key whose last token expired before then. True for exactly one caller. */
export async function removeRetiredKey(db: Database, kid: string, before: Seconds): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('signing_keys')
    .where('kid', '=', kid)
    .where('retired_at', 'is not', null)
    .where('tokens_expire_at', '<', before)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

/** Removes a key whatever its state, and with it what its tokens are worth. False when there is none. */
export async function removeKey(db: Database, kid: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('signing_keys')
    .where('kid', '=', kid)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

/** Moves the dates of a key that lie in the future to now; a pending one keeps its distance to its first signature. */
export async function redateKey(db: Database, kid: string, now: Seconds): Promise<boolean> {
  const nowOrBefore = (column: 'published_at' | 'activated_at') =>
    sql<number>`case when ${sql.ref(column)} > ${now} then ${now} else ${sql.ref(column)} end`
  const { numUpdatedRows } = await db
    .updateTable('signing_keys')
    .set({
      signs_from: sql<number>`signs_from - published_at + ${nowOrBefore('published_at')}`,
      published_at: nowOrBefore('published_at'),
      activated_at: nowOrBefore('activated_at'),
    })
    .where('kid', '=', kid)
    .where('retired_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Lets a pending key sign sooner than was promised. True when it is pending. */
export async function hastenKey(db: Database, kid: string, signsFrom: Seconds): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('signing_keys')
    .set({ signs_from: signsFrom })
    .where('kid', '=', kid)
    .where('activated_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/**
 * Remembers that a token of this key lives until then, if not longer already: of replicas that are configured
 * differently, the one whose tokens live longer wins. False when the key does not sign any more, or is gone: then no
 * token may be signed with it.
 */
export async function extendKeyTokensExpireAt(db: Database, kid: string, until: Seconds): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('signing_keys')
    .set((row) => ({
      tokens_expire_at: row
        .case()
        .when('tokens_expire_at', '<', until)
        .then(until)
        .else(row.ref('tokens_expire_at'))
        .end(),
    }))
    .where('kid', '=', kid)
    .where('activated_at', 'is not', null)
    .where('retired_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Replaces an encrypted private key. False when the row holds another by now, or is gone. */
export async function replacePrivateJwe(
  db: Database,
  kid: string,
  jwe: { readonly from: string; readonly to: string },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('signing_keys')
    .set({ private_jwe: jwe.to })
    .where('kid', '=', kid)
    .where('private_jwe', '=', jwe.from)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

function signingKeyOf(row: Selectable<SigningKeysTable>): SigningKey {
  return {
    kid: row.kid,
    algorithm: row.algorithm,
    publicJwk: parsePublicJwk(row.public_jwk),
    privateJwe: row.private_jwe,
    publishedAt: row.published_at,
    signsFrom: row.signs_from,
    activatedAt: row.activated_at ?? undefined,
    retiredAt: row.retired_at ?? undefined,
    tokensExpireAt: row.tokens_expire_at,
  }
}

/** An empty object for what is no JSON object, so that the other keys are read all the same. */
function parsePublicJwk(text: string): JWK {
  try {
    return { ...JSON.parse(text) }
  } catch {
    return {}
  }
}
