import type { KeyObject } from 'node:crypto'
import { unknownKey } from '../../src/issuer/cached-key-set.ts'
import { type KeySet, parseKeySet } from '../../src/issuer/key-set.ts'
import type { VerifiedAccessToken } from '../../src/token/claims.ts'
import { TokenCache } from '../../src/token/token-cache.ts'
import { type Expectations, verifyAccessToken } from '../../src/verify-access-token.ts'
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
  const find = async (kid: string | undefined): Promise<readonly KeyObject[]> => {
    counts.keysFound += 1
    const keys = world.keySet.find(kid)
    if (keys.length > 0) return keys
    throw unknownKey(kid)
  }
  const expected: Expectations = {
    issuer: 'https://auth.example.com',
    audience: 'https://api.example.com',
    tokenType: 'at+jwt',
    clockTolerance: 5,
    now: () => world.now,
    keys: { find, current: () => world.keySet },
    findStatusList: () => ({ statuses: { bits: 8, bytes: bytesOf(world.revoked) } }),
    ...(capacity > 0 && { cache: new TokenCache(capacity) }),
  }
  return { counts, verify: (token, scope = []) => verifyAccessToken(token, expected, { scope }) }
}

/** A list of eight bits for each token, in which these indexes are 1. */
function bytesOf(revoked: ReadonlySet<number>): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, index) => (revoked.has(index) ? 1 : 0))
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
