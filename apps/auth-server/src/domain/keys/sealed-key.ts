import type { KeyEncryption } from './key-encryption.ts'
import type { KeyPair, SealedKey } from './signing-key.ts'

export interface SealedKeyDeps {
  readonly encryption: KeyEncryption
  /** Injected because RSA is slow: tests bring their own. */
  readonly generateKey: () => Promise<KeyPair>
}

/** Generates a key pair and encrypts its private half. Slow: never inside a transaction. */
export async function generateSealedKey({ encryption, generateKey }: SealedKeyDeps): Promise<SealedKey> {
  const { kid, publicJwk, privateJwk } = await generateKey()
  return { kid, publicJwk, privateJwe: await encryption.encrypt(kid, privateJwk) }
}

/** The id of the first key that this secret does not open; `undefined` when it opens them all. */
export async function findUnreadableKey(
  encryption: KeyEncryption,
  keys: readonly SealedKey[],
): Promise<string | undefined> {
  for (const { kid, privateJwe } of keys) {
    if (!(await encryption.decrypt(kid, privateJwe))) return kid
  }
  return undefined
}
