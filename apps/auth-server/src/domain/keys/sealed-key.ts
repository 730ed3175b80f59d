import type { KeyEncryption } from './key-encryption.ts'
import { type KeyPair, type SealedKey, SIGNING_ALGORITHM } from './signing-key.ts'

export interface SealedKeyDeps {
  readonly encryption: KeyEncryption
  /** Injected because RSA is slow: tests bring their own. */
  readonly generateKey: () => Promise<KeyPair>
}

/** Generates a key pair and encrypts its private half. Slow: never inside a transaction. */
export async function generateSealedKey({ encryption, generateKey }: SealedKeyDeps): Promise<SealedKey> {
  const { kid, publicJwk, privateJwk } = await generateKey()
  return {
    kid,
    algorithm: SIGNING_ALGORITHM,
    publicJwk,
    privateJwe: await encryption.encrypt(kid, privateJwk),
  }
}
