import { randomBytes } from 'node:crypto'
import type { Clock } from '@countersign/shared'
import { decodeProtectedHeader } from 'jose'
import { createKeyEncryption } from '../../src/domain/keys/key-encryption.ts'
import { KeyRing } from '../../src/domain/keys/key-ring.ts'
import { listSigningKeys } from '../../src/domain/keys/key-store.ts'
import { type RotateKeysDeps, rotateKeys } from '../../src/domain/keys/rotate-keys.ts'
import { generateSigningKey, type KeyPair, stateOf } from '../../src/domain/keys/signing-key.ts'
import type { Database } from '../../src/storage/database.ts'

/** RSA is slow: one pair for all keys of a test file, each under an id of its own. */
const material = generateSigningKey(2048)

/** Keys that live for 100 seconds, and are published 20 before they sign. */
export const POLICY = { lifetime: 100, lead: 20 } as const

/** A key pair nobody has seen. */
export async function generateTestKey(): Promise<KeyPair> {
  const { publicJwk, privateJwk } = await material
  const kid = `key_${randomBytes(6).toString('hex')}`
  return { kid, publicJwk: { ...publicJwk, kid }, privateJwk }
}

/** What rotating keys needs, with `POLICY`. */
export function keyDeps(db: Database, now: Clock, differences: Partial<RotateKeysDeps> = {}): RotateKeysDeps {
  return {
    db,
    encryption: createKeyEncryption(new Uint8Array(32)),
    generateKey: generateTestKey,
    now,
    policy: POLICY,
    ...differences,
  }
}

/** One process that signs: its view of the keys, and its job. */
export interface Replica {
  readonly deps: RotateKeysDeps
  readonly ring: KeyRing
  /** The job, and what follows from it: what it did, in words. */
  readonly rotate: () => Promise<readonly string[]>
  /** Signs a token that lives so long, and says with which key. */
  readonly sign: (lifetime: number) => Promise<string>
}

/** Opens a replica on a database. */
export async function openReplica(deps: RotateKeysDeps): Promise<Replica> {
  const ring = await KeyRing.open(deps)
  return {
    deps,
    ring,
    rotate: async () => {
      const events = await rotateKeys(deps)
      await ring.refresh()
      return events.map(({ event }) => event)
    },
    sign: async (lifetime) => {
      const token = await ring.sign('at+jwt', { exp: deps.now() + lifetime })
      return decodeProtectedHeader(token).kid ?? ''
    },
  }
}

/** Every key and its state, oldest first. */
export async function statesOf(db: Database): Promise<readonly string[]> {
  return (await listSigningKeys(db)).map(stateOf)
}

/** The ids a ring shows. */
export async function kidsOf(ring: KeyRing): Promise<readonly (string | undefined)[]> {
  return (await ring.currentKeySet()).keys.map((key) => key.kid)
}
