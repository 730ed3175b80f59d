import type { Seconds } from '@countersign/shared'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { SecurityEvent } from '../../oauth/error.ts'
import type { KeyEncryption } from './key-encryption.ts'

/** The one algorithm this server signs with (RFC 7518 §3.3). */
export const SIGNING_ALGORITHM = 'RS256'

/** Published and not yet signing, signing, or only there so that its tokens still verify. */
export type KeyState = 'pending' | 'active' | 'retired'

/** When a signing key begins and ends: all that the plan of its rotation needs to know. */
export interface KeyDates {
  readonly kid: string
  readonly publishedAt: Seconds
  /** A pending key does not sign before this instant. */
  readonly signsFrom: Seconds
  readonly activatedAt: Seconds | undefined
  readonly retiredAt: Seconds | undefined
  /** No token it signed is alive after this instant, which is moved ahead before a token that outlives it is signed. */
  readonly tokensExpireAt: Seconds
}

/** A key pair whose private half is encrypted at rest. */
export interface EncryptedKey {
  readonly kid: string
  readonly algorithm: string
  readonly publicJwk: JWK
  readonly privateJwe: string
}

/** A signing key as the database remembers it. */
export interface SigningKey extends KeyDates, EncryptedKey {}

/** A new key pair with its id, in the clear: for as long as it takes to encrypt it. */
export interface KeyPair {
  readonly kid: string
  readonly publicJwk: JWK
  readonly privateJwk: JWK
}

/** Which of its states a key is in. */
export function stateOf(key: KeyDates): KeyState {
  if (key.retiredAt !== undefined) return 'retired'
  return key.activatedAt === undefined ? 'pending' : 'active'
}

/** Generates an RSA key pair of the given modulus length in bits; its id is its thumbprint (RFC 7638). */
export async function generateSigningKey(modulusLength: number): Promise<KeyPair> {
  const { publicKey, privateKey } = await generateKeyPair(SIGNING_ALGORITHM, {
    modulusLength,
    extractable: true,
  })
  const publicMembers = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(publicMembers)
  return {
    kid,
    publicJwk: { ...publicMembers, kid, use: 'sig', alg: SIGNING_ALGORITHM },
    privateJwk: await exportJWK(privateKey),
  }
}

/** Whether these are the same keys, and encrypted as they were. */
export function haveSameKeys(some: readonly SigningKey[], others: readonly SigningKey[]): boolean {
  const contentOf = (key: SigningKey) =>
    JSON.stringify([key.kid, key.algorithm, key.publicJwk, key.privateJwe])
  const known = new Set(some.map(contentOf))
  return some.length === others.length && others.every((key) => known.has(contentOf(key)))
}

export interface EncryptedKeyDeps {
  readonly encryption: KeyEncryption
  /** Injected because RSA is slow: tests bring their own. */
  readonly generateKey: () => Promise<KeyPair>
}

/** Generates a key pair and encrypts its private half. Slow: never inside a transaction. */
export async function generateEncryptedKey({
  encryption,
  generateKey,
}: EncryptedKeyDeps): Promise<EncryptedKey> {
  const { kid, publicJwk, privateJwk } = await generateKey()
  return {
    kid,
    algorithm: SIGNING_ALGORITHM,
    publicJwk,
    privateJwe: await encryption.encrypt(kid, privateJwk),
  }
}

/** What happened to a signing key, for whoever logs it. */
export interface KeyEvent {
  readonly event: Extract<SecurityEvent, `key_${string}`>
  readonly kid: string
}
