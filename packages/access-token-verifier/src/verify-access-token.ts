import { CLAIMS, type Examination, type Expectations, examine, proofFor, SCOPE } from './checks.ts'
import { type VerifiedAccessToken, verifiedToken } from './token/claims.ts'
import { AccessTokenError } from './error.ts'
import type { CachedKeySet } from './issuer/cached-key-set.ts'
import { type AccessRequirement, parseRequiredScope } from './token/required-scope.ts'
import type { TokenCache } from './token/token-cache.ts'

/** What tokens are verified with. */
export interface VerificationDeps {
  readonly expected: Expectations
  readonly keys: Pick<CachedKeySet, 'current'>
  readonly tokens: TokenCache
}

/** Verifies one token; rejects with `AccessTokenError` for the first check that fails. */
export type VerifyToken = (token: string, required: AccessRequirement) => Promise<VerifiedAccessToken>

/**
 * Walks the checks in order, the dear ones only once per token: a remembered one begins where its claims are asked about.
 * Nothing of that waits for a remembered one unless the status list does.
 */
export function tokenVerification({ expected, keys, tokens }: VerificationDeps): VerifyToken {
  const allButScope = [...proofFor(expected.tokenType), ...CLAIMS]

  return async (token, required) => {
    const requiredScope = parseRequiredScope(required)
    const known = tokens.find(token, keys.current())
    const examination = examine(token, expected, requiredScope)
    if (known) {
      examination.claims = known.claims
      examination.scope = known.scope
    }

    try {
      for (const check of known ? CLAIMS : allButScope) {
        const pending = check.verify(examination)
        // To wait for nothing would cost more than most of these checks.
        if (pending) await pending
      }
    } catch (error) {
      if (known && isOver(error)) tokens.forget(token)
      throw error
    }

    const verified = known ?? verifiedToken(examination)
    // Only now: a token that is not good never takes the place of one that is.
    if (!known) remember({ expected, keys, tokens }, examination, verified)
    SCOPE.verify(examination)
    return verified
  }
}

/** The set may have changed while the signature was verified; then nobody knows whether its key is still there. */
function remember(
  { keys, tokens }: VerificationDeps,
  { token, header, key }: Examination,
  verified: VerifiedAccessToken,
): void {
  const keySet = keys.current()
  if (keySet && key && keySet.find(header.kid).includes(key)) tokens.remember(token, keySet, verified)
}

/** An outage passes; what has expired or was revoked stays so. */
function isOver(error: unknown): boolean {
  return error instanceof AccessTokenError && (error.code === 'expired' || error.code === 'revoked')
}
