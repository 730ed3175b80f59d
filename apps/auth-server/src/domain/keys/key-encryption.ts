import { CompactEncrypt, compactDecrypt, type JWK } from 'jose'
import { type KeyProof, proveKey } from './prove-key.ts'
import type { SigningKey } from './signing-key.ts'

/** Encrypts private keys at rest (RFC 7516: `dir`, A256GCM) under the operator's key-encryption secret. */
export interface KeyEncryption {
  readonly encrypt: (kid: string, privateJwk: JWK) => Promise<string>
  /** The private key; `undefined` when the secret is not the one it was encrypted under, or the row is not its own. */
  readonly decrypt: (kid: string, jwe: string) => Promise<JWK | undefined>
  /** Whether a row is a key of ours. What was found out is remembered, per content of the row. */
  readonly prove: (key: SigningKey) => Promise<KeyProof>
}

/** More than there ever are: a few keys, and what somebody has put beside them. */
const REMEMBERED_PROOFS = 100

/** A private RSA key of 16384 bits is 13 KB long. */
const LONGEST_JWE = 65_536

/** Creates it from 32 random bytes. */
export function createKeyEncryption(secret: Uint8Array): KeyEncryption {
  const proofs = new Map<string, Promise<KeyProof>>()

  async function open(jwe: string): Promise<{ readonly kid: unknown; readonly jwk: JWK } | undefined> {
    if (jwe.length > LONGEST_JWE) return undefined
    try {
      const { plaintext, protectedHeader } = await compactDecrypt(jwe, secret, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      })
      return { kid: protectedHeader.kid, jwk: JSON.parse(new TextDecoder().decode(plaintext)) }
    } catch {
      // Authenticated decryption failed: jose says no more than that, and there is no more to know.
      return undefined
    }
  }

  return {
    encrypt: (kid, privateJwk) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(privateJwk)))
        // The header is authenticated: a row's ciphertext moved under another kid does not decrypt to that key.
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
        .encrypt(secret),

    decrypt: async (kid, jwe) => {
      const opened = await open(jwe)
      return opened?.kid === kid ? opened.jwk : undefined
    },

    prove: (key) => {
      const content = JSON.stringify([key.kid, key.algorithm, key.publicJwk, key.privateJwe])
      const known = proofs.get(content)
      if (known) return known
      const proof = open(key.privateJwe).then((opened) => proveKey(key, opened))
      const [oldest] = proofs.keys()
      if (proofs.size >= REMEMBERED_PROOFS && oldest !== undefined) proofs.delete(oldest)
      proofs.set(content, proof)
      return proof
    },
  }
}
