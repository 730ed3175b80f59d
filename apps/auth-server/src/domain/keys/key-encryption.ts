import { CompactEncrypt, compactDecrypt, type JWK } from 'jose'

/** Encrypts private keys at rest (RFC 7516: `dir`, A256GCM) under the operator's key-encryption secret. */
export interface KeyEncryption {
  readonly encrypt: (kid: string, privateJwk: JWK) => Promise<string>
  /** The private key; `undefined` when the secret is not the one it was encrypted under, or the row is not its own. */
  readonly decrypt: (kid: string, jwe: string) => Promise<JWK | undefined>
}

/** Creates it from 32 random bytes. */
export function createKeyEncryption(secret: Uint8Array): KeyEncryption {
  return {
    encrypt: (kid, privateJwk) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(privateJwk)))
        // The header is authenticated: a row's ciphertext moved under another kid does not decrypt to that key.
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
        .encrypt(secret),

    decrypt: async (kid, jwe) => {
      try {
        const { plaintext, protectedHeader } = await compactDecrypt(jwe, secret, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        })
        return protectedHeader.kid === kid ? JSON.parse(new TextDecoder().decode(plaintext)) : undefined
      } catch {
        // Authenticated decryption failed: jose says no more than that, and there is no more to know.
        return undefined
      }
    },
  }
}
