/**
 * What a resource server needs to trust access tokens (RFC 9068) by the issuer's key set alone: a verifier that keeps
 * working while the issuer is away, one error class, and the answer to give for each error (RFC 6750 §3).
 * It owns no routes and knows no framework: the adapters do. Beside it, `verify-access-token.ts` is the verification itself.
 */
export { type Challenge, type ChallengeOptions, challenge } from './adapters/challenge.ts'
export { AccessTokenError, type AccessTokenErrorCode, type AccessTokenEvidence } from './error.ts'
export {
  type ExplainAccessTokenOptions,
  type Explanation,
  type ExplanationStep,
  explainAccessToken,
} from './explain.ts'
export type { AccessRequirement, AccessTokenVerifierOptions, FetchOutcome } from './options.ts'
export type { VerifiedAccessToken, VerifiedClaims } from './token/claims.ts'
export type { TokenType } from './token/parse.ts'
export { type AccessTokenVerifier, createAccessTokenVerifier } from './verifier.ts'
