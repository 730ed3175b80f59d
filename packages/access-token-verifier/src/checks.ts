import type { KeyObject } from 'node:crypto'
import {
  type ClaimExpectations,
  EXPECTED_KIND,
  type KnownClaims,
  listOf,
  parseClaims,
  scopeOf,
  verifyAudience,
  verifyExpiry,
  verifyIssuer,
  verifyKind,
  verifyStart,
  verifySubject,
} from './token/claims.ts'
import type { JsonObject } from './token/json.ts'
import type { TokenType } from './options.ts'
import { assertScope } from './token/required-scope.ts'
import { verifySignature } from './token/signature.ts'
import { describeStatus, type FindStatusList, verifyStatus } from './token/status.ts'
import {
  assertAccessTokenType,
  assertAlgorithm,
  assertTokenSize,
  expectedTypes,
  isAccessTokenType,
  MAX_TOKEN_BYTES,
  parseToken,
  type UnverifiedHeader,
} from './token/parse.ts'

/** What every token is compared with. */
export interface Expectations extends ClaimExpectations {
  readonly tokenType: TokenType
  /**
   * The issuer's keys that may have signed a token with this `kid`: at once when they are at hand. Throws `unknown_key` or
   * `keys_unavailable`.
   */
  readonly findKeys: (kid: string | undefined) => readonly KeyObject[] | Promise<readonly KeyObject[]>
  /** Absent when no status is asked for. */
  readonly findStatusList?: FindStatusList
}

/** A token on its way through the checks. What one of them proves, those after it rely on. */
export interface Examination {
  readonly token: string
  readonly expected: Expectations
  readonly requiredScope: readonly string[]
  /** Empty until the token was taken apart, like `untyped`. */
  header: UnverifiedHeader
  untyped: JsonObject
  /** Those that may have signed it, then the one that has. */
  candidates: readonly KeyObject[]
  key: KeyObject | undefined
  /** Empty until their types are proven, like `scope`. */
  claims: KnownClaims
  scope: readonly string[]
}

/** One thing that is asked of a token. */
export interface Check {
  readonly name: string
  /** Throws `AccessTokenError` when the token is not so. A promise only when there is something to wait for. */
  readonly verify: (examination: Examination) => void | Promise<void>
  /** What is asked for, in words or as the value itself. */
  readonly expected: (examination: Examination) => string
  /** What was there when the check held; when it fails, its error says that. */
  readonly found: (examination: Examination) => string
}

/** What is true of a token's text for as long as the keys are the same, and so has to be proven only once. */
const PROOF: readonly Check[] = [
  {
    name: 'size',
    verify: ({ token }) => assertTokenSize(token),
    expected: () => `${MAX_TOKEN_BYTES} characters at most`,
    found: ({ token }) => `${token.length} characters`,
  },
  {
    name: 'form',
    verify: (examination) => {
      const { header, claims } = parseToken(examination.token)
      examination.header = header
      examination.untyped = claims
    },
    expected: () => 'a header, claims and a signature',
    found: () => 'all three',
  },
  {
    name: 'alg',
    verify: ({ header }) => assertAlgorithm(header),
    expected: () => 'RS256',
    found: ({ header }) => header.alg ?? '',
  },
  {
    name: 'typ',
    verify: ({ header, expected }) => assertAccessTokenType(header, expected.tokenType),
    expected: ({ expected }) => expectedTypes(expected.tokenType),
    found: ({ header }) => header.typ ?? '',
  },
  {
    name: 'kid',
    verify: (examination) => {
      const found = examination.expected.findKeys(examination.header.kid)
      if (!(found instanceof Promise)) {
        examination.candidates = found
        return
      }
      return found.then((keys) => {
        examination.candidates = keys
      })
    },
    expected: () => 'a key the issuer publishes',
    found: ({ header, candidates }) => header.kid ?? `no kid: each of ${candidates.length} may be it`,
  },
  {
    name: 'signature',
    verify: async (examination) => {
      // Only a list that has lost the check before comes here without any; no token passes by that.
      examination.key = await verifySignature(examination.token, examination.candidates)
    },
    expected: () => 'made with that key',
    found: () => 'made with that key',
  },
  {
    name: 'claims',
    verify: (examination) => {
      examination.claims = parseClaims(examination.untyped)
      examination.scope = scopeOf(examination.claims)
    },
    expected: () => 'each of its type',
    found: () => 'each of its type',
  },
]

/** The same of a token that may be typed as any other JWT. */
const KIND: Check = {
  name: 'kind',
  verify: ({ header, claims }) => {
    if (!isAccessTokenType(header.typ)) verifyKind(claims)
  },
  expected: ({ header }) => (isAccessTokenType(header.typ) ? 'said by its type' : EXPECTED_KIND),
  found: ({ header }) =>
    isAccessTokenType(header.typ) ? 'said by its type' : 'an access token, by its claims',
}

/** What is asked of the claims on every request: some of it changes while a token is used. */
export const CLAIMS: readonly Check[] = [
  {
    name: 'iss',
    verify: ({ claims, expected }) => verifyIssuer(claims, expected),
    expected: ({ expected }) => expected.issuer,
    found: ({ claims }) => claims.iss ?? '',
  },
  {
    name: 'aud',
    verify: ({ claims, expected }) => verifyAudience(claims, expected),
    expected: ({ expected }) => expected.audience,
    found: ({ claims }) => listOf(claims.aud ?? []).join(' '),
  },
  {
    name: 'exp',
    verify: ({ claims, expected }) => verifyExpiry(claims, expected),
    expected: ({ expected: { now, clockTolerance } }) => `after ${now() - clockTolerance}`,
    found: ({ claims }) => String(claims.exp),
  },
  ...(['nbf', 'iat'] as const).map((claim) => ({
    name: claim,
    verify: ({ claims, expected }: Examination) => verifyStart(claim, claims, expected),
    expected: ({ expected: { now, clockTolerance } }: Examination) =>
      `absent, or not after ${now() + clockTolerance}`,
    found: ({ claims }: Examination) => String(claims[claim] ?? 'absent'),
  })),
  {
    name: 'sub',
    verify: ({ claims }) => verifySubject(claims),
    expected: () => 'a subject',
    found: ({ claims }) => claims.sub ?? '',
  },
  {
    name: 'status',
    verify: ({ claims, expected: { findStatusList } }) => {
      return findStatusList && verifyStatus(claims, findStatusList)
    },
    expected: ({ expected }) => (expected.findStatusList ? 'valid, or none' : 'not asked for'),
    found: ({ claims, expected }) => (expected.findStatusList ? describeStatus(claims) : 'not asked for'),
  },
]

/** What the request asks of a good token. */
export const SCOPE: Check = {
  name: 'scope',
  verify: ({ scope, requiredScope }) => assertScope(scope, requiredScope),
  expected: ({ requiredScope }) => requiredScope.join(' ') || 'any',
  found: ({ claims }) => claims.scope || 'none',
}

/**
 * Every check, in order. The verifier walks these lists and `explain.ts` walks them, so the two cannot disagree. What
 * costs nothing comes first; no claim is compared, and so no answer given about it, before the signature holds; and the
 * status list is asked only about a token that is good in everything else.
 */
export const CHECKS: readonly Check[] = [...PROOF, ...CLAIMS, SCOPE]

/** What has to be proven once of a token, where tokens are typed like this. */
export function proofFor(tokenType: TokenType): readonly Check[] {
  return tokenType === 'JWT' ? [...PROOF, KIND] : PROOF
}

/** Every check, where tokens are typed like this. */
export function checksFor(tokenType: TokenType): readonly Check[] {
  return tokenType === 'JWT' ? [...proofFor(tokenType), ...CLAIMS, SCOPE] : CHECKS
}

/** Begins the examination of a token. */
export function examine(
  token: string,
  expected: Expectations,
  requiredScope: readonly string[],
): Examination {
  const header = { alg: undefined, typ: undefined, kid: undefined }
  return {
    token,
    expected,
    requiredScope,
    header,
    untyped: {},
    candidates: [],
    key: undefined,
    claims: {},
    scope: [],
  }
}
