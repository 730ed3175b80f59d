import { systemClock } from '@countersign/shared'
import { type Check, checksFor, type Examination, type Expectations, examine } from './checks.ts'
import { type VerifiedAccessToken, verifiedToken } from './token/claims.ts'
import { AccessTokenError } from './error.ts'
import { type KeySet, parseKeySet } from './issuer/key-set.ts'
import { unknownKey } from './issuer/cached-key-set.ts'
import { openCachedKeySet, openStatusLists } from './issuer/open-sources.ts'
import {
  type AccessTokenVerifierOptions,
  assertOptions,
  DEFAULT_CLOCK_TOLERANCE_SECONDS,
  DEFAULT_TOKEN_TYPE,
} from './options.ts'
import { type AccessRequirement, parseRequiredScope } from './token/required-scope.ts'

/** What a verifier would be told, and the key set when it is at hand. */
export interface ExplainAccessTokenOptions extends AccessTokenVerifierOptions, AccessRequirement {
  /**
   * The issuer's key set document (RFC 7517 §5). With it nothing is fetched, and so no status is asked for; without it,
   * the issuer is asked, as a verifier would.
   */
  readonly keySet?: unknown
}

/** One check a verifier makes, and what it came to. Values come from the token: show them as text, never run them. */
export interface ExplanationStep {
  readonly check: string
  readonly expected: string
  readonly found: string
  readonly ok: boolean
}

/** Every check that was made, in order; when one failed, it is the last, with its error and those not reached. */
export type Explanation =
  | {
      readonly kind: 'accepted'
      readonly steps: readonly ExplanationStep[]
      readonly token: VerifiedAccessToken
    }
  | {
      readonly kind: 'refused'
      readonly steps: readonly ExplanationStep[]
      readonly notReached: readonly string[]
      readonly error: AccessTokenError
    }

/**
 * Makes the checks of a verifier, the same ones in the same order, and says of each what it asked for and what it
 * found. For operators, never for the client: a client is told by `challenge`. Bad options are a `TypeError`.
 */
export async function explainAccessToken(
  token: string,
  options: ExplainAccessTokenOptions,
): Promise<Explanation> {
  assertOptions(options)
  const { issuer, audience, clockTolerance = DEFAULT_CLOCK_TOLERANCE_SECONDS, now = systemClock } = options
  const requiredScope = parseRequiredScope(options)
  const sources = options.keySet === undefined ? openSources(options) : keysAtHand(options.keySet)
  const { findKeys, findStatusList } = sources
  const expected = {
    issuer,
    audience,
    tokenType: options.tokenType ?? DEFAULT_TOKEN_TYPE,
    clockTolerance,
    now,
    findKeys,
    ...(findStatusList && { findStatusList }),
  }

  try {
    return await walk(examine(token, expected, requiredScope))
  } finally {
    sources.close()
  }
}

async function walk(examination: Examination): Promise<Explanation> {
  const steps: ExplanationStep[] = []
  const checks = checksFor(examination.expected.tokenType)
  for (const check of checks) {
    const error = await refusalOf(check, examination)
    steps.push({
      check: check.name,
      expected: check.expected(examination),
      found: error ? (error.actual ?? 'nothing') : check.found(examination),
      ok: error === undefined,
    })
    if (error) {
      const notReached = checks.slice(steps.length).map(({ name }) => name)
      return { kind: 'refused', steps, notReached, error }
    }
  }
  return { kind: 'accepted', steps, token: verifiedToken(examination) }
}

async function refusalOf(check: Check, examination: Examination): Promise<AccessTokenError | undefined> {
  try {
    await check.verify(examination)
    return undefined
  } catch (error) {
    if (error instanceof AccessTokenError) return error
    throw error
  }
}

/** Where keys and statuses come from, for one explanation. */
interface Sources extends Pick<Expectations, 'findKeys' | 'findStatusList'> {
  readonly close: () => void
}

/** Those of a verifier. */
function openSources(options: ExplainAccessTokenOptions): Sources {
  const keys = openCachedKeySet(options)
  const statuses = options.status === 'off' ? undefined : openStatusLists(options, keys)
  return {
    findKeys: (kid) => keys.find(kid),
    ...(statuses && { findStatusList: (uri: string) => statuses.find(uri) }),
    close: () => {
      keys.close()
      statuses?.close()
    },
  }
}

/** A key set that does not change: what is not in it is not published. */
function keysAtHand(document: unknown): Sources {
  return {
    findKeys: async (kid) => {
      const keys = (await usableKeySet(document)).find(kid)
      if (keys.length > 0) return keys
      throw unknownKey(kid)
    },
    close: () => {},
  }
}

/** A document without a usable key is what a verifier calls an outage: no token could do better. */
async function usableKeySet(document: unknown): Promise<KeySet> {
  try {
    return await parseKeySet(document)
  } catch (cause) {
    throw new AccessTokenError('keys_unavailable', 'The key set at hand cannot be used.', {
      ...(cause instanceof Error ? { actual: cause.message } : {}),
      cause,
    })
  }
}
