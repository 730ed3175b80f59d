import {
  audienceProblem,
  type Clock,
  isOnLoopback,
  isScopeValue,
  parseScope,
  type Seconds,
} from '@countersign/shared'
import type { TokenType } from './token/parse.ts'

/** How far two clocks may be apart, when nobody says otherwise. */
export const DEFAULT_CLOCK_TOLERANCE_SECONDS: Seconds = 5

/** The type that no other kind of token has. */
export const DEFAULT_TOKEN_TYPE: TokenType = 'at+jwt'

/** How long a key set may serve while the issuer is away, when nobody says otherwise: a day. */
export const DEFAULT_KEY_SET_MAX_STALE_SECONDS: Seconds = 86_400

/** How many tokens a verifier caches, when nobody says otherwise: some 8 MB when they are like ours. */
export const DEFAULT_CACHED_TOKENS = 10_000

/**
 * How a fetch of one of the issuer's documents has ended: its key set, under the issuer's name, or a status list.
 * @example
 * import type { FetchOutcome } from '@countersign/access-token-verifier'
 *
 * export function logFailure(outcome: FetchOutcome): void {
 *   if (outcome.kind === 'failed') console.error(`${outcome.document} was not fetched`, outcome.cause)
 * }
 */
export type FetchOutcome =
  | { readonly kind: 'fetched'; readonly document: string }
  | { readonly kind: 'failed'; readonly document: string; readonly cause: unknown }

/**
 * What a verifier is told. Issuer and audience have no default: a verifier that skips one is not a verifier.
 * @example
 * import type { AccessTokenVerifierOptions } from '@countersign/access-token-verifier'
 *
 * export const options: AccessTokenVerifierOptions = {
 *   issuer: 'https://auth.example.com',
 *   audience: 'https://api.example.com',
 *   keySetMaxStale: 3600,
 *   status: 'check',
 * }
 */
export interface AccessTokenVerifierOptions {
  /** The exact string in `iss`. It may have a path and a trailing slash (RFC 8414 §2). */
  readonly issuer: string
  /** The exact string that must be in `aud`. */
  readonly audience: string
  /** The origin to connect to instead of the issuer's own. Documents and tokens are still compared with `issuer`. */
  readonly issuerAddress?: string
  /**
   * `at+jwt` by default. With `JWT` a token of that type is accepted as well, when it has a `client_id` and no claim that only
   * another kind of JWT has. That is a weaker promise than a type.
   */
  readonly tokenType?: TokenType
  /** How far the issuer's clock and ours may be apart: 5 by default. */
  readonly clockTolerance?: Seconds
  /** How long after its last fetch a key set may serve while the issuer is away: a day by default. */
  readonly keySetMaxStale?: Seconds
  /**
   * `check` by default: a token that names a status list is refused once its bit is set there. With `ignore` nobody looks at
   * the claim, and a revoked token is accepted until it expires.
   */
  readonly status?: 'check' | 'ignore'
  /** How many tokens are cached whose signature has held: 10,000 by default. With 0 it is verified on every request. */
  readonly rememberedTokens?: number
  /** Told how each fetch of one of the issuer's documents has ended, for a log. It must not throw. */
  readonly onFetch?: (outcome: FetchOutcome) => void
  /** The edge to the network, for tests. */
  readonly fetch?: typeof fetch
  /** The edge to the wall clock, for tests. Only claims are compared with it. */
  readonly now?: Clock
}

/**
 * What a request needs besides a valid token.
 * @example
 * import type { AccessRequirement } from '@countersign/access-token-verifier'
 *
 * export const toRefund: AccessRequirement = { scope: 'orders profile', roles: ['clerk'] }
 */
export interface AccessRequirement {
  /** Scope values, as a list or separated by spaces. The token must have all of them. */
  readonly scope?: string | readonly string[]
  /** Roles of the user (RFC 9068 §2.2.3.1), as a list, or one as a text. The token must name all of them. */
  readonly roles?: string | readonly string[]
}

/** Reads a requirement's scope. A text that is not a scope is the caller's mistake: `TypeError`. */
export function parseRequiredScope({ scope = [] }: AccessRequirement): readonly string[] {
  const values = typeof scope === 'string' ? parseScope(scope) : scope
  if (values?.every(isScopeValue)) return values
  throw new TypeError('The required scope must be scope values separated by one space (RFC 6749 §3.3).')
}

/** Reads a requirement's roles. A role that is no text, or an empty one, is the caller's mistake: `TypeError`. */
export function parseRequiredRoles({ roles = [] }: AccessRequirement): readonly string[] {
  const names: unknown = typeof roles === 'string' ? [roles] : roles
  if (Array.isArray(names) && names.every((one) => typeof one === 'string' && one !== '')) return names
  throw new TypeError('The required roles must be a list of texts that are not empty.')
}

/** Refuses wrong options with a `TypeError` that names the option and what it must be. */
export function assertOptions(options: AccessTokenVerifierOptions): void {
  const problems: readonly (readonly [keyof AccessTokenVerifierOptions, string | undefined])[] = [
    ['issuer', issuerProblem(options.issuer)],
    ['audience', anyAudienceProblem(options.audience)],
    ['issuerAddress', addressProblem(options.issuerAddress)],
    ['tokenType', tokenTypeProblem(options.tokenType)],
    ['clockTolerance', durationProblem(options.clockTolerance, 0)],
    ['keySetMaxStale', durationProblem(options.keySetMaxStale, 1)],
    ['status', statusProblem(options.status)],
    ['rememberedTokens', countProblem(options.rememberedTokens)],
    ['onFetch', functionProblem(options.onFetch)],
    ['fetch', functionProblem(options.fetch)],
    ['now', functionProblem(options.now)],
  ]
  for (const [option, problem] of problems) {
    if (problem) throw new TypeError(`createAccessTokenVerifier: ${option} ${problem}.`)
  }
}

/** Wider than for an issuer of ours: others put a realm in the path or end in a slash. Nothing is normalised (RFC 8414 §3.3). */
function issuerProblem(issuer: unknown): string | undefined {
  if (typeof issuer !== 'string' || audienceProblem(issuer) || issuer.includes('?')) {
    return 'must be a URL without query or fragment, like https://auth.example.com'
  }
  const url = new URL(issuer)
  if (url.username || url.password) return 'must not hold a user name or password'
  if (url.protocol === 'https:') return undefined
  if (url.protocol === 'http:' && isOnLoopback(issuer)) return undefined
  return 'must begin with https:// (http is only for localhost, 127.0.0.0/8 and [::1])'
}

/** RFC 7519 §2, StringOrURI: any name, and with a colon in it an absolute URI. Some issuers use plain names as audiences. */
function anyAudienceProblem(audience: unknown): string | undefined {
  if (typeof audience !== 'string' || !/^[\x21-\x7e]+$/.test(audience)) {
    return 'must be a name or URI without spaces, like https://api.example.com'
  }
  return audience.includes(':') ? audienceProblem(audience) : undefined
}

/** An address stands for a private network, so plain http is allowed (a container reaching its neighbour). */
function addressProblem(address: unknown): string | undefined {
  if (address === undefined) return undefined
  if (typeof address === 'string' && /^https?:/.test(address) && URL.canParse(address)) {
    const { origin } = new URL(address)
    return address === origin ? undefined : `must be an origin and nothing more: write it as ${origin}`
  }
  return 'must be an origin like http://auth:8000'
}

function durationProblem(duration: unknown, least: Seconds): string | undefined {
  if (duration === undefined) return undefined
  if (typeof duration === 'number' && Number.isFinite(duration) && duration >= least) return undefined
  return `must be a number of seconds, ${least} or more`
}

function tokenTypeProblem(type: unknown): string | undefined {
  return type === undefined || type === 'at+jwt' || type === 'JWT' ? undefined : "must be 'at+jwt' or 'JWT'"
}

function statusProblem(status: unknown): string | undefined {
  return status === undefined || status === 'check' || status === 'ignore'
    ? undefined
    : "must be 'check' or 'ignore'"
}

function countProblem(count: unknown): string | undefined {
  return count === undefined || (Number.isSafeInteger(count) && Number(count) >= 0)
    ? undefined
    : 'must be a whole number, 0 or more'
}

function functionProblem(edge: unknown): string | undefined {
  return edge === undefined || typeof edge === 'function' ? undefined : 'must be a function'
}
