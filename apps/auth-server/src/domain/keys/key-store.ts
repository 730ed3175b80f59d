import type { Selectable } from 'kysely'
import type { Database } from '../../storage/database.ts'
import type { SigningKeysTable } from '../../storage/schema.ts'
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key.ts'

/** Every key that is still published, oldest first. */
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
  return db.transaction().execute(async (transaction) => {
    const existing = await transaction.selectFrom('signing_keys').select('kid').limit(1).executeTakeFirst()
    if (existing) return false

    await transaction
      .insertInto('signing_keys')
      .values({
        kid: key.kid,
        algorithm: SIGNING_ALGORITHM,
        public_jwk: JSON.stringify(key.publicJwk),
        private_jwe: key.privateJwe,
        published_at: key.publishedAt,
        activated_at: key.activatedAt ?? null,
        retired_at: key.retiredAt ?? null,
        tokens_expire_at: key.tokensExpireAt,
      })
      .execute()
    return true
  })
}

function signingKeyOf(row: Selectable<SigningKeysTable>): SigningKey {
  return {
    kid: row.kid,
    publicJwk: JSON.parse(row.public_jwk),
    privateJwe: row.private_jwe,
    publishedAt: row.published_at,
    activatedAt: row.activated_at ?? undefined,
    retiredAt: row.retired_at ?? undefined,
    tokensExpireAt: row.tokens_expire_at,
  }
}
