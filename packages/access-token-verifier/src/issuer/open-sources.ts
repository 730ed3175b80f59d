import { systemClock } from '@countersign/shared'
import { CachedKeySet } from './cached-key-set.ts'
import { type AccessTokenVerifierOptions, DEFAULT_CLOCK_TOLERANCE_SECONDS } from '../options.ts'
import { StatusLists } from './status-lists.ts'
import { systemMonotonicClock } from './monotonic-clock.ts'

/** The cached key set of a verifier with these options. It connects to nothing until it is asked for a key. */
export function openCachedKeySet(options: AccessTokenVerifierOptions): CachedKeySet {
  return new CachedKeySet({
    ...locationOf(options),
    keySetMaxStale: options.keySetMaxStale ?? 86400,
    onFetch: options.onFetch,
    fetch: options.fetch ?? fetch,
    monotonicClock: systemMonotonicClock,
  })
}

/** The status lists that go with it. It connects to nothing until a token names a list. */
export function openStatusLists(options: AccessTokenVerifierOptions, keys: CachedKeySet): StatusLists {
  return new StatusLists({
    ...locationOf(options),
    keys,
    clockTolerance: options.clockTolerance ?? DEFAULT_CLOCK_TOLERANCE_SECONDS,
    now: options.now ?? systemClock,
    onFetch: options.onFetch,
    fetch: options.fetch ?? fetch,
    monotonicClock: systemMonotonicClock,
  })
}

function locationOf({ issuer, issuerAddress }: AccessTokenVerifierOptions) {
  return { issuer, ...(issuerAddress === undefined ? {} : { issuerAddress }) }
}
