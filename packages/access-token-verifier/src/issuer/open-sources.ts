import { systemClock } from '@countersign/shared'
import { KeySource } from './key-source.ts'
import { type AccessTokenVerifierOptions, DEFAULT_CLOCK_TOLERANCE } from '../options.ts'
import { StatusSource } from './status-source.ts'
import { systemStopwatch } from './stopwatch.ts'

/** The key source of a verifier with these options. It connects to nothing until it is asked for a key. */
export function openKeySource(options: AccessTokenVerifierOptions): KeySource {
  return new KeySource({
    ...locationOf(options),
    keySetMaxStale: options.keySetMaxStale ?? 86400,
    onFetch: options.onFetch,
    fetch: options.fetch ?? fetch,
    stopwatch: systemStopwatch,
  })
}

/** The status source that goes with it. It connects to nothing until a token names a list. */
export function openStatusSource(options: AccessTokenVerifierOptions, keys: KeySource): StatusSource {
  return new StatusSource({
    ...locationOf(options),
    keys,
    clockTolerance: options.clockTolerance ?? DEFAULT_CLOCK_TOLERANCE,
    now: options.now ?? systemClock,
    onFetch: options.onFetch,
    fetch: options.fetch ?? fetch,
    stopwatch: systemStopwatch,
  })
}

function locationOf({ issuer, issuerAddress }: AccessTokenVerifierOptions) {
  return { issuer, ...(issuerAddress === undefined ? {} : { issuerAddress }) }
}
