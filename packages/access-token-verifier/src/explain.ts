import { AccessTokenError } from './error.ts'
import { unknownKey } from './issuer/cached-key-set.ts'
import { type KeySet, parseKeySet } from './issuer/key-set.ts'
import {
  type AccessRequirement,
  type AccessTokenVerifierOptions,
  assertOptions,
  parseRequiredRoles,
} from './options.ts'
import type { VerifiedAccessToken } from './token/claims.ts'
import type { TokenType } from './token/parse.ts'
import { expectationsOf, openKeys, openStatusLists } from './verifier.ts'
import { type Expectations, STEPS, verifyAccessToken } from './verify-access-token.ts'

/**
 * The options of a verifier, and the key set when it is at hand.
 * @example
 * import type { ExplainAccessTokenOptions } from '@countersign/access-token-verifier'
 *
 * export const options: ExplainAccessTokenOptions = {
 *   issuer: 'https://auth.example.com',
 *   audience: 'https://api.example.com',
 *   scope: 'orders',
 * }
 */
export interface ExplainAccessTokenOptions extends AccessTokenVerifierOptions, AccessRequirement {
  /**
   * The issuer's key set document (RFC 7517 §5). With it nothing is fetched, and so the status is not looked up. Without
   * it, the issuer is asked, as a verifier would.
   */
  readonly keySet?: unknown
}

/**
 * One check of a verifier and its result. Values come from the token: show them as text, never as code.
 * @example
 * import type { ExplanationStep } from '@countersign/access-token-verifier'
 *
 * export function line({ check, expected, found, ok }: ExplanationStep): string {
 *   return `${ok ? 'holds' : 'FAILS'} ${check}: expected ${expected}, found ${found}`
 * }
 */
export interface ExplanationStep {
  readonly check: string
  readonly expected: string
  readonly found: string
  readonly ok: boolean
}

/**
 * Every check that was made, in order. A check that failed is the last one; its error comes with it, and the checks that were
 * not reached.
 * @example
 * import type { Explanation } from '@countersign/access-token-verifier'
 *
 * export function verdict(explanation: Explanation): string {
 *   return explanation.kind === 'accepted' ? 'accepted' : explanation.error.message
 * }
 */
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
 * Verifies a token as a verifier does, by the same function, and says of each check what it asked for and what it found. For
 * operators, never for the client: `challenge` tells the client. A wrong option is a `TypeError`.
 * @example
 * import { explainAccessToken } from '@countersign/access-token-verifier'
 * import { createTestIssuer } from '@countersign/access-token-verifier/testing'
 *
 * const issuer = createTestIssuer()
 * const { kind, steps } = await explainAccessToken(issuer.expiredToken(), issuer)
 * console.assert(kind === 'refused' && steps.at(-1)?.check === 'exp')
 */
export async function explainAccessToken(
  token: string,
  options: ExplainAccessTokenOptions,
): Promise<Explanation> {
  assertOptions(options)
  const { close, ...sources } =
    options.keySet === undefined ? openSources(options) : keysAtHand(options.keySet)
  const expected = { ...expectationsOf(options), ...sources }

  try {
    return await observe(token, expected, options)
  } finally {
    close()
  }
}

/** The step that was begun last holds as soon as the next one begins, or when the verification ends. */
async function observe(
  token: string,
  expected: Expectations,
  required: AccessRequirement,
): Promise<Explanation> {
  const steps: ExplanationStep[] = []
  let begun: { readonly check: string; readonly expected: string; readonly found: () => string } | undefined
  const noteHeld = () => {
    if (begun) steps.push({ ...begun, found: begun.found(), ok: true })
  }

  try {
    const verified = await verifyAccessToken(
      token,
      {
        ...expected,
        observe: (check, asked, found) => {
          noteHeld()
          begun = { check, expected: asked, found }
        },
      },
      required,
    )
    noteHeld()
    return { kind: 'accepted', steps, token: verified }
  } catch (error) {
    if (!(error instanceof AccessTokenError) || !begun) throw error
    steps.push({ ...begun, found: error.actual ?? 'nothing', ok: false })
    return {
      kind: 'refused',
      steps,
      notReached: stepsOf(expected.tokenType, required).slice(steps.length),
      error,
    }
  }
}

/** The steps of a verification where tokens are typed like this, for a request that needs this. */
function stepsOf(tokenType: TokenType, required: AccessRequirement): readonly string[] {
  const needsRoles = parseRequiredRoles(required).length > 0
  return STEPS.filter((step) => (step !== 'kind' || tokenType === 'JWT') && (step !== 'roles' || needsRoles))
}

/** Where keys and status lists come from, for one explanation. */
interface Sources extends Pick<Expectations, 'keys' | 'findStatusList'> {
  readonly close: () => void
}

/** Those of a verifier. */
function openSources(options: ExplainAccessTokenOptions): Sources {
  const keys = openKeys(options)
  const statusLists = options.status === 'ignore' ? undefined : openStatusLists(options, keys)
  return {
    keys: { find: (kid) => keys.find(kid), current: () => keys.current() },
    ...(statusLists && { findStatusList: (uri: string) => statusLists.find(uri) }),
    close: () => {
      keys.close()
      statusLists?.close()
    },
  }
}

/** A key set that does not change: a key that is not in it is not published. */
function keysAtHand(document: unknown): Sources {
  return {
    keys: {
      find: async (kid) => {
        const keys = (await usableKeySet(document)).find(kid)
        if (keys.length > 0) return keys
        throw unknownKey(kid)
      },
      current: () => undefined,
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
