import type { Seconds } from '@countersign/shared'
import { type CryptoKey, importJWK, SignJWT } from 'jose'
import type { KeyEncryption } from './key-encryption.ts'
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key.ts'

/** The active key as a process holds it: decrypted, ready to sign. */
export interface ActiveKey {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly activatedAt: Seconds | undefined
  /** What its row promises: it stays published until then. */
  readonly tokensExpireAt: Seconds
}

/** Decrypts and imports a key. Throws when this secret does not open it. */
export async function importActiveKey(encryption: KeyEncryption, key: SigningKey): Promise<ActiveKey> {
  const privateJwk = await encryption.decrypt(key.kid, key.privateJwe)
  if (!privateJwk) {
    throw new Error(
      `signing key ${key.kid} does not open with this AUTH_KEY_ENCRYPTION_SECRET: start this process with the one it is encrypted under`,
    )
  }
  const [privateKey, publicKey] = await Promise.all([
    importJWK(privateJwk, SIGNING_ALGORITHM),
    importJWK(key.publicJwk, SIGNING_ALGORITHM),
  ])
  return {
    kid: key.kid,
    privateKey: privateKey as CryptoKey,
    publicKey: publicKey as CryptoKey,
    activatedAt: key.activatedAt,
    tokensExpireAt: key.tokensExpireAt,
  }
}

/** Signs claims as a JWT of the given type. */
export function signWith({ kid, privateKey }: ActiveKey, type: string, claims: object): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, typ: type, kid })
    .sign(privateKey)
}

/** When a JWT with these claims expires; `undefined` when it does not say. */
export function expiryOf(claims: object): Seconds | undefined {
  return 'exp' in claims && typeof claims.exp === 'number' ? claims.exp : undefined
}
