import { KeyObject } from 'node:crypto'
import type { Seconds } from '@countersign/shared'
import { importJWK, type JWK } from 'jose'
import type { KeyEncryption } from './key-encryption.ts'
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key.ts'

/** The active key as a process holds it: decrypted, ready to sign. */
export interface ActiveKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly activatedAt: Seconds | undefined
  /** What its row promises: it stays published until then. */
  readonly tokensExpireAt: Seconds
}

/** Decrypts and imports a key. Throws when this secret does not open it, or when it is no key for RS256. */
export async function importActiveKey(encryption: KeyEncryption, key: SigningKey): Promise<ActiveKey> {
  const privateJwk = await encryption.decrypt(key.kid, key.privateJwe)
  if (!privateJwk) {
    throw new Error(
      `signing key ${key.kid} does not open with this AUTH_KEY_ENCRYPTION_SECRET: start this process with the one it is encrypted under`,
    )
  }
  return {
    kid: key.kid,
    privateKey: await importKey(privateJwk),
    publicKey: await importKey(key.publicJwk),
    activatedAt: key.activatedAt,
    tokensExpireAt: key.tokensExpireAt,
  }
}

/**
 * Through jose, which refuses what is not meant for RS256: `crypto.sign` would sign with whatever it is given. Extractable,
 * since Node.js warns of a key object that is made of any other.
 */
async function importKey(jwk: JWK): Promise<KeyObject> {
  const key = await importJWK(jwk, SIGNING_ALGORITHM, { extractable: true })
  if (key instanceof Uint8Array) throw new Error('a signing key is not a shared secret')
  return KeyObject.from(key)
}

/** When a JWT with these claims expires; `undefined` when it does not say. */
export function expiryOf(claims: object): Seconds | undefined {
  return 'exp' in claims && typeof claims.exp === 'number' ? claims.exp : undefined
}
