import { onTestFinished } from 'vitest'
import { AccessTokenError } from '../../src/error.ts'
import { CachedKeySet, type CachedKeySetOptions } from '../../src/issuer/cached-key-set.ts'
import { createFakeMonotonicClock, type FakeMonotonicClock } from './fake-monotonic-clock.ts'

/** A key source on the real network and a monotonicClock that only the test moves. Closed when the test ends. */
export function openCachedKeySet(
  issuer: string,
  options: Partial<CachedKeySetOptions> = {},
): { readonly keys: CachedKeySet; readonly monotonicClock: FakeMonotonicClock } {
  const monotonicClock = createFakeMonotonicClock()
  const keys = new CachedKeySet({ issuer, keySetMaxStale: 86400, fetch, monotonicClock, ...options })
  onTestFinished(() => keys.close())
  return { keys, monotonicClock }
}

/** The code of the `AccessTokenError` a promise ends in; `none` when it does not, or when there was nothing to wait for. */
export async function codeOf(outcome: unknown): Promise<string> {
  return (await errorOf(outcome))?.code ?? 'none'
}

/** The `AccessTokenError` a promise ends in. Whatever else it ends in is thrown on. */
export async function errorOf(outcome: unknown): Promise<AccessTokenError | undefined> {
  try {
    await outcome
    return undefined
  } catch (error) {
    if (error instanceof AccessTokenError) return error
    throw error
  }
}
