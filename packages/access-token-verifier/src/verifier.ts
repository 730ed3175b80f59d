import { systemClock } from '@countersign/shared'
import { CachedKeySet } from './issuer/cached-key-set.ts'
import { systemMonotonicClock } from './issuer/monotonic-clock.ts'
import { StatusLists } from './issuer/status-lists.ts'
import {
  type AccessRequirement,
  type AccessTokenVerifierOptions,
  assertOptions,
  DEFAULT_CACHED_TOKENS,
  DEFAULT_CLOCK_TOLERANCE_SECONDS,
  DEFAULT_KEY_SET_MAX_STALE_SECONDS,
  DEFAULT_TOKEN_TYPE,
} from './options.ts'
import type { VerifiedAccessToken } from './token/claims.ts'
import { TokenCache } from './token/token-cache.ts'
import { type Expectations, verifyAccessToken } from './verify-access-token.ts'

/**
 * Verifies the access tokens of one issuer for one audience. Made once, used for every request.
 * @example
 * import type { AccessTokenVerifier } from '@countersign/access-token-verifier'
 *
 * export async function subjectOf(verifier: AccessTokenVerifier, token: string): Promise<string> {
 *   const { subject } = await verifier.verify(token, { scope: 'orders' })
 *   return subject
 * }
 */
export interface AccessTokenVerifier {
  readonly issuer: string
  readonly audience: string
  /** What the token says, once all of it is proven. Throws `AccessTokenError` for the first check that fails. */
  verify(token: string, required?: AccessRequirement): Promise<VerifiedAccessToken>
  /** Fetches metadata and key set when none is cached. Throws `keys_unavailable` with the reason as its cause. */
  prepare(): Promise<void>
  /** True while a usable key set is cached. */
  ready(): boolean
  /** Stops background timers and aborts a fetch that is running. */
  close(): void
}

/**
 * Makes a verifier of RFC 9068 access tokens. It finds the issuer's keys through its metadata (RFC 8414, OIDC Discovery) and
 * the status of a token in the list that the token names (Token Status List). It connects to nothing until `prepare` or the
 * first token. A wrong option is a `TypeError` here, never later.
 * @example
 * import { createAccessTokenVerifier } from '@countersign/access-token-verifier'
 *
 * const verifier = createAccessTokenVerifier({
 *   issuer: 'https://auth.example.com',
 *   audience: 'https://api.example.com',
 * })
 * console.assert(verifier.ready() === false)
 */
export function createAccessTokenVerifier(options: AccessTokenVerifierOptions): AccessTokenVerifier {
  assertOptions(options)
  const keys = openKeys(options)
  const statusLists = options.status === 'ignore' ? undefined : openStatusLists(options, keys)
  const cachedTokens = options.rememberedTokens ?? DEFAULT_CACHED_TOKENS
  const expected: Expectations = {
    ...expectationsOf(options),
    keys: { find: (kid) => keys.find(kid), current: () => keys.current() },
    ...(statusLists && { findStatusList: (uri: string) => statusLists.find(uri) }),
    ...(cachedTokens > 0 && { cache: new TokenCache(cachedTokens) }),
  }

  return {
    issuer: options.issuer,
    audience: options.audience,
    verify: (token, required) => verifyAccessToken(token, expected, required),
    prepare: () => keys.prepare(),
    ready: () => keys.isUsable(),
    close: () => {
      keys.close()
      statusLists?.close()
    },
  }
}

/** What the options say about every token. */
export function expectationsOf(
  options: AccessTokenVerifierOptions,
): Omit<Expectations, 'keys' | 'findStatusList' | 'cache' | 'observe'> {
  return {
    issuer: options.issuer,
    audience: options.audience,
    tokenType: options.tokenType ?? DEFAULT_TOKEN_TYPE,
    clockTolerance: options.clockTolerance ?? DEFAULT_CLOCK_TOLERANCE_SECONDS,
    now: options.now ?? systemClock,
  }
}

/** The issuer's key set. It connects to nothing until it is asked for a key. */
export function openKeys(options: AccessTokenVerifierOptions): CachedKeySet {
  return new CachedKeySet({
    ...locationOf(options),
    keySetMaxStale: options.keySetMaxStale ?? DEFAULT_KEY_SET_MAX_STALE_SECONDS,
    onFetch: options.onFetch,
    fetch: options.fetch ?? fetch,
    monotonicClock: systemMonotonicClock,
  })
}

/** The issuer's status lists. They connect to nothing until a token names a list. */
export function openStatusLists(options: AccessTokenVerifierOptions, keys: CachedKeySet): StatusLists {
  const { clockTolerance, now } = expectationsOf(options)
  return new StatusLists({
    ...locationOf(options),
    keys,
    clockTolerance,
    now,
    onFetch: options.onFetch,
    fetch: options.fetch ?? fetch,
    monotonicClock: systemMonotonicClock,
  })
}

function locationOf({ issuer, issuerAddress }: AccessTokenVerifierOptions) {
  return { issuer, ...(issuerAddress === undefined ? {} : { issuerAddress }) }
}
