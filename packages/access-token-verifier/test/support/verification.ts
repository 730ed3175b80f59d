import type { KeyObject } from 'node:crypto'
import type { VerifiedAccessToken } from '../../src/token/claims.ts'
import { type KeySet, parseKeySet } from '../../src/issuer/key-set.ts'
import { unknownKey } from '../../src/issuer/cached-key-set.ts'
import { TokenCache } from '../../src/token/token-cache.ts'
import { tokenVerification } from '../../src/verify-access-token.ts'
import type { TestKey } from './signing-key.ts'
import { keySetOf } from './test-issuer.ts'
import { NOW } from './token.ts'

/** What the verification of one process rests on, in the hands of the test. */
export interface World {
  keySet: KeySet
  now: number
  readonly revoked: Set<number>
}

/** The verification of tokens in a world without a network, and how often it has looked for a key. */
export interface TestVerification {
  readonly verify: (token: string, scope?: readonly string[]) => Promise<VerifiedAccessToken>
  readonly counts: { keysFound: number }
}

/** A verification in a world, with a memory of its own. */
export function verificationIn(world: World, capacity: number): TestVerification {
  const counts = { keysFound: 0 }
  const findKeys = async (kid: string | undefined): Promise<readonly KeyObject[]> => {
    counts.keysFound += 1
    const keys = world.keySet.find(kid)
    if (keys.length > 0) return keys
    throw unknownKey(kid)
  }
  const statusAt = (index: number) => (world.revoked.has(index) ? 1 : 0)
  const verifyToken = tokenVerification({
    keys: { current: () => world.keySet },
    tokens: new TokenCache(capacity),
    expected: {
      issuer: 'https://auth.example.com',
      audience: 'https://api.example.com',
      tokenType: 'at+jwt',
      clockTolerance: 5,
      now: () => world.now,
      findKeys,
      findStatusList: () => ({ statusAt }),
    },
  })
  return { counts, verify: (token, scope = []) => verifyToken(token, { scope }) }
}

/** A verification in a world with these keys, and what may happen to the world. */
export async function openVerification(keys: readonly TestKey[], { capacity = 100 } = {}) {
  const world: World = { keySet: await parseKeySet(keySetOf(keys)), now: NOW, revoked: new Set() }
  return {
    ...verificationIn(world, capacity),
    world,
    revoke: (index: number) => void world.revoked.add(index),
    publish: async (published: readonly TestKey[]) => {
      world.keySet = await parseKeySet(keySetOf(published))
    },
  }
}
