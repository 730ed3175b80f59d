import { systemClock } from '@countersign/shared'
import type { VerifiedAccessToken } from './token/claims.ts'
import { openCachedKeySet, openStatusLists } from './issuer/open-sources.ts'
import {
  type AccessTokenVerifierOptions,
  assertOptions,
  DEFAULT_CLOCK_TOLERANCE_SECONDS,
  DEFAULT_REMEMBERED_TOKENS,
  DEFAULT_TOKEN_TYPE,
} from './options.ts'
import type { AccessRequirement } from './token/required-scope.ts'
import { TokenCache } from './token/token-cache.ts'
import { tokenVerification } from './verify-access-token.ts'

/** Verifies the access tokens of one issuer for one audience. Made once, used for every request. */
export interface AccessTokenVerifier {
  readonly issuer: string
  readonly audience: string
  /** What the token says, once all of it is proven. Throws `AccessTokenError` for the first thing that is not. */
  verify(token: string, required?: AccessRequirement): Promise<VerifiedAccessToken>
  /** Fetches metadata and key set when none is held; throws `keys_unavailable` with the reason as its cause. */
  prepare(): Promise<void>
  /** True while a usable key set is held. */
  ready(): boolean
  /** Stops background timers and ends a fetch under way. */
  close(): void
}

/**
 * Makes a verifier of RFC 9068 access tokens that finds the issuer's keys through its metadata (RFC 8414, OIDC Discovery)
 * and the status of a token in the list it names (Token Status List). It connects to nothing until `prepare` or the first
 * token. Bad options are a `TypeError` here, never later.
 */
export function createAccessTokenVerifier(options: AccessTokenVerifierOptions): AccessTokenVerifier {
  assertOptions(options)
  const keys = openCachedKeySet(options)
  const statuses = options.status === 'off' ? undefined : openStatusLists(options, keys)
  const verifyToken = tokenVerification({
    keys,
    tokens: new TokenCache(options.rememberedTokens ?? DEFAULT_REMEMBERED_TOKENS),
    expected: {
      issuer: options.issuer,
      audience: options.audience,
      tokenType: options.tokenType ?? DEFAULT_TOKEN_TYPE,
      clockTolerance: options.clockTolerance ?? DEFAULT_CLOCK_TOLERANCE_SECONDS,
      now: options.now ?? systemClock,
      findKeys: (kid) => keys.find(kid),
      ...(statuses && { findStatusList: (uri: string) => statuses.find(uri) }),
    },
  })

  return {
    issuer: options.issuer,
    audience: options.audience,
    verify: (token, required = {}) => verifyToken(token, required),
    prepare: () => keys.prepare(),
    ready: () => keys.isUsable(),
    close: () => {
      keys.close()
      statuses?.close()
    },
  }
}
