import type { Config } from '../config.ts'
import type { Database } from '../storage/database.ts'

/**
 * Throws `StartRefused`, in the server's words, when the key-encryption secret is not the one of this database. Says how
 * many keys it opens.
 */
export async function refuseOtherSecret(db: Database, config: Config): Promise<{ readonly keys: number }> {
  const { secretBesideDatabase } = await import('../key-encryption-secret.ts')
  const { createKeyEncryption } = await import('../domain/keys/key-encryption.ts')
  const { refuseWrongSecret } = await import('../domain/keys/key-ring.ts')
  const { listSigningKeys } = await import('../domain/keys/key-store.ts')
  const { appliedMigrations } = await import('../storage/migrate.ts')
  const secret = config.keyEncryptionSecret ?? secretBesideDatabase(config.database)
  await refuseWrongSecret(db, createKeyEncryption(secret))
  const empty = (await appliedMigrations(db)).length === 0
  return { keys: empty ? 0 : (await listSigningKeys(db)).length }
}
