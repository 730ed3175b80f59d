import { onTestFinished } from 'vitest'
import { AccessTokenError } from '../../src/error.ts'
import { KeySource, type KeySourceOptions } from '../../src/issuer/key-source.ts'
import { createFakeStopwatch, type FakeStopwatch } from './fake-stopwatch.ts'

/** A key source on the real network and a stopwatch that only the test moves. Closed when the test ends. */
export function openKeySource(
  issuer: string,
  options: Partial<KeySourceOptions> = {},
): { readonly keys: KeySource; readonly stopwatch: FakeStopwatch } {
  const stopwatch = createFakeStopwatch()
  const keys = new KeySource({ issuer, keySetMaxStale: 86400, fetch, stopwatch, ...options })
  onTestFinished(() => keys.close())
  return { keys, stopwatch }
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
