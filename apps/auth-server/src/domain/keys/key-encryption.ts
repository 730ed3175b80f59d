import { CompactEncrypt, compactDecrypt, type JWK } from 'jose'
import type { Database } from '../../storage/database.ts'
import { withLock } from '../../storage/lock.ts'
import { listSigningKeys, replacePrivateJwe } from './key-store.ts'
import { type KeyProof, proveKey } from './prove-keys.ts'
import { haveSameKeys, type SigningKey } from './signing-key.ts'

/** Encrypts private keys at rest (RFC 7516: `dir`, A256GCM) under the operator's key-encryption secret. */
export interface KeyEncryption {
  readonly encrypt: (kid: string, privateJwk: JWK) => Promise<string>
  /** The private key; `undefined` when the secret is not the one it was encrypted under, or the row is not its own. */
  readonly decrypt: (kid: string, jwe: string) => Promise<JWK | undefined>
  /** Whether a row is a key of ours. The outcome is cached by the content of the row. */
  readonly prove: (key: SigningKey) => Promise<KeyProof>
}

/** More than a database has: a few keys, and rows that somebody else has added. */
const MAX_CACHED_PROOFS = 100

/** In characters. A private RSA key of 16384 bits takes 13 KB. */
const MAX_JWE_LENGTH = 65_536

/** Creates it from 32 random bytes. */
export function createKeyEncryption(secret: Uint8Array): KeyEncryption {
  const proofs = new Map<string, Promise<KeyProof>>()

  async function open(jwe: string): Promise<{ readonly kid: unknown; readonly jwk: JWK } | undefined> {
    if (jwe.length > MAX_JWE_LENGTH) return undefined
    try {
      const { plaintext, protectedHeader } = await compactDecrypt(jwe, secret, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      })
      return { kid: protectedHeader.kid, jwk: JSON.parse(new TextDecoder().decode(plaintext)) }
    } catch {
      // Authenticated decryption failed; jose gives no further reason.
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
      if (proofs.size >= MAX_CACHED_PROOFS && oldest !== undefined) proofs.delete(oldest)
      proofs.set(content, proof)
      return proof
    },
  }
}

/**
 * How many keys were encrypted again, and which rows stay as they are because neither secret opens them. When that is so
 * of all rows, the old secret is wrong, and `kid` names the first.
 */
export type ReEncryption =
  | { readonly kind: 're_encrypted'; readonly count: number; readonly left: readonly string[] }
  | { readonly kind: 'wrong_secret'; readonly kid: string }

/** The key-encryption secrets to move between. */
export interface SecretChange {
  readonly from: KeyEncryption
  readonly to: KeyEncryption
}

interface MovedKey {
  readonly kid: string
  readonly jwe: { readonly from: string; readonly to: string }
}

/**
 * Encrypts every private key under another secret, all of them or none. A row that somebody else has put beside ours
 * stays as it is, and does not keep ours from being encrypted. What the new secret opens already stays as it is, so that an
 * interrupted run can be repeated. A server that runs with the old secret goes on signing with the key
 * it holds and does not rotate: start it again with the new one.
 */
export async function reEncryptKeys(db: Database, change: SecretChange): Promise<ReEncryption> {
  for (;;) {
    const seen = await listSigningKeys(db)
    const moved: MovedKey[] = []
    const left: string[] = []
    for (const key of seen) {
      const jwe = await reEncrypted(key, change)
      if (jwe === undefined) left.push(key.kid)
      else if (jwe !== key.privateJwe) moved.push({ kid: key.kid, jwe: { from: key.privateJwe, to: jwe } })
    }
    const [first] = left
    if (first !== undefined && left.length === seen.length) return { kind: 'wrong_secret', kid: first }

    const done = await withLock(db, 'signing-keys', async (transaction) => {
      if (!haveSameKeys(seen, await listSigningKeys(transaction))) return false
      for (const { kid, jwe } of moved) {
        if (!(await replacePrivateJwe(transaction, kid, jwe)))
          throw new Error(`signing key ${kid} has changed`)
      }
      return true
    })
    if (done) return { kind: 're_encrypted', count: moved.length, left }
    // A key was published or removed since we looked: look again.
  }
}

/** The private key under the new secret; the same as it was when that opens it, `undefined` when neither does. */
async function reEncrypted(
  { kid, privateJwe }: SigningKey,
  { from, to }: SecretChange,
): Promise<string | undefined> {
  if (await to.decrypt(kid, privateJwe)) return privateJwe
  const privateJwk = await from.decrypt(kid, privateJwe)
  return privateJwk && to.encrypt(kid, privateJwk)
}
