import type { Config } from '../../config/config.ts'
import { nextSecretFile, secretBesideDatabase } from '../../config/key-encryption-secret.ts'
import { createKeyEncryption } from '../../domain/keys/key-encryption.ts'
import { refuseWrongSecret } from '../../domain/keys/key-ring.ts'
import { listSigningKeys } from '../../domain/keys/key-store.ts'
import { type SortedKeys, sortKeys } from '../../domain/keys/prove-keys.ts'
import type { Database } from '../../storage/database.ts'
import { appliedMigrations } from '../../storage/migrate.ts'

/** The keys that a secret opens, and the rows beside them that are none of ours. */
export interface OpenedKeys extends Pick<SortedKeys, 'proven' | 'refused'> {
  readonly keys: number
}

/**
 * Throws `StartRefused`, in the server's words, when the key-encryption secret is not the one of this database. Says which
 * keys it opens.
 */
export async function refuseOtherSecret(db: Database, config: Config): Promise<OpenedKeys> {
  const secret = config.keyEncryptionSecret ?? secretBesideDatabase(config.database)
  const encryption = createKeyEncryption(secret)
  await refuseWrongSecret(db, encryption, nextSecretFile(config))
  const empty = (await appliedMigrations(db)).length === 0
  const { proven, refused } = await sortKeys(encryption, empty ? [] : await listSigningKeys(db))
  return { keys: proven.length, proven, refused }
}
