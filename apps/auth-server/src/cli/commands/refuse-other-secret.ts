import type { Config } from '../../config/config.ts'
import type { SortedKeys } from '../../domain/keys/prove-keys.ts'
import type { Database } from '../../storage/database.ts'

/** The keys that a secret opens, and the rows beside them that are none of ours. */
export interface OpenedKeys extends Pick<SortedKeys, 'proven' | 'refused'> {
  readonly keys: number
}

/**
 * Throws `StartRefused`, in the server's words, when the key-encryption secret is not the one of this database. Says which
 * keys it opens.
 */
export async function refuseOtherSecret(db: Database, config: Config): Promise<OpenedKeys> {
  const { secretBesideDatabase } = await import('../../config/key-encryption-secret.ts')
  const { createKeyEncryption } = await import('../../domain/keys/key-encryption.ts')
  const { refuseWrongSecret } = await import('../../domain/keys/key-ring.ts')
  const { listSigningKeys } = await import('../../domain/keys/key-store.ts')
  const { sortKeys } = await import('../../domain/keys/prove-keys.ts')
  const { appliedMigrations } = await import('../../storage/migrate.ts')
  const secret = config.keyEncryptionSecret ?? secretBesideDatabase(config.database)
  const encryption = createKeyEncryption(secret)
  await refuseWrongSecret(db, encryption)
  const empty = (await appliedMigrations(db)).length === 0
  const { proven, refused } = await sortKeys(encryption, empty ? [] : await listSigningKeys(db))
  return { keys: proven.length, proven, refused }
}
