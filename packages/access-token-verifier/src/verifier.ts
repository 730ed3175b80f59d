import { systemClock } from '@countersign/shared'
import { type CryptoKey, compactVerify, errors } from 'jose'
import { type VerifiedAccessToken, verifyClaims } from './claims.ts'
import { AccessTokenError } from './error.ts'
import { KeySource } from './key-source.ts'
import { type AccessTokenVerifierOptions, assertOptions } from './options.ts'
import { type AccessRequirement, assertScope, parseRequiredScope } from './required-scope.ts'
import { systemStopwatch } from './stopwatch.ts'
import { assertAccessTokenHeader, parseToken } from './token.ts'

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
 * Makes a verifier of RFC 9068 access tokens that finds the issuer's keys through its metadata (RFC 8414, OIDC Discovery).
 * It connects to nothing until `prepare` or the first token. Bad options are a `TypeError` here, never later.
 */
export function createAccessTokenVerifier(options: AccessTokenVerifierOptions): AccessTokenVerifier {
  assertOptions(options)
  const { issuer, audience, issuerAddress, clockTolerance = 5, now = systemClock } = options
  const keys = new KeySource({
    issuer,
    ...(issuerAddress === undefined ? {} : { issuerAddress }),
    keySetMaxStale: options.keySetMaxStale ?? 86400,
    fetch: options.fetch ?? fetch,
    stopwatch: systemStopwatch,
  })

  return {
    issuer,
    audience,
    async verify(token, required = {}) {
      const requiredScope = parseRequiredScope(required)
      // What costs nothing comes first; no claim is compared, and so no answer given about it, before the signature holds.
      const { header, claims } = parseToken(token)
      assertAccessTokenHeader(header)
      await verifySignature(token, await keys.find(header.kid))
      const verified = verifyClaims(claims, { issuer, audience, clockTolerance, now: now() })
      assertScope(verified, requiredScope)
      return verified
    },
    prepare: () => keys.prepare(),
    ready: () => keys.isUsable(),
    close: () => keys.close(),
  }
}

async function verifySignature(token: string, key: CryptoKey): Promise<void> {
  try {
    await compactVerify(token, key, { algorithms: ['RS256'] })
  } catch (cause) {
    if (!(cause instanceof errors.JOSEError)) throw cause
    throw new AccessTokenError(
      'bad_signature',
      'The signature of this access token does not hold: get a new one.',
      {
        cause,
      },
    )
  }
}
