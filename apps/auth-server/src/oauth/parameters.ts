import { OAuthError } from './error.ts'

/** The parameters of one request (RFC 6749 §3.2): an empty one counts as absent, an unknown one is ignored. */
export interface Parameters {
  /** The value, or `undefined` when the parameter is absent. */
  readonly get: (name: string) => string | undefined
  /** The value; throws `invalid_request` when the parameter is absent. */
  readonly getRequired: (name: string) => string
  /** Every value of a parameter that may come more than once. */
  readonly getAll: (name: string) => readonly string[]
}

/** How often a known parameter may come, and how long its value may be. */
export interface KnownParameter {
  readonly name: string
  readonly occurs: 'once' | 'often'
  /** In characters. Longer than any honest value, shorter than what is costly to look at. */
  readonly longest: number
}

/** A parameter that may come once, of at most 1024 characters unless said otherwise. */
export function once(name: string, longest = 1024): KnownParameter {
  return { name, occurs: 'once', longest }
}

/** What every endpoint that authenticates clients knows (RFC 6749 §2.3.1, RFC 7521 §4.2). */
export const CLIENT_PARAMETERS: readonly KnownParameter[] = [
  once('client_id', 200),
  once('client_secret'),
  once('client_assertion', 8192),
  once('client_assertion_type'),
]

/** RFC 6749 Appendix A.15: what a user name or password may hold, and nothing else we know needs more. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that may not come are the point
const FORBIDDEN_CHARACTER = /[\x00-\x08\x0a-\x1f\x7f]/

/** Far more than any request has. 64 KiB hold 32,768 of them, which would take the event loop ten milliseconds. */
const MOST_PARAMETERS = 1_000

/**
 * Parses a form body (`application/x-www-form-urlencoded`) against the parameters an endpoint knows.
 * Throws `invalid_request` when a known one is repeated, too long or holds a control character, or there are too many.
 */
export function parseParameters(body: string, known: readonly KnownParameter[]): Parameters {
  if (body.split('&', MOST_PARAMETERS + 1).length > MOST_PARAMETERS) {
    throw new OAuthError('invalid_request', `The form has more than ${MOST_PARAMETERS} parameters.`)
  }
  const form = new URLSearchParams(body)
  const values = new Map<string, readonly string[]>()

  for (const { name, occurs, longest } of known) {
    const given = form.getAll(name).filter((value) => value !== '')
    if (occurs === 'once' && given.length > 1) {
      throw new OAuthError('invalid_request', `The parameter ${name} comes more than once: send it once.`)
    }
    if (given.some((value) => value.length > longest)) {
      throw new OAuthError('invalid_request', `The parameter ${name} is longer than ${longest} characters.`)
    }
    if (given.some((value) => FORBIDDEN_CHARACTER.test(value))) {
      throw new OAuthError('invalid_request', `The parameter ${name} holds a control character.`)
    }
    values.set(name, given)
  }

  const getAll = (name: string): readonly string[] => {
    const given = values.get(name)
    // Reading a parameter that no endpoint declared would skip the rules above: that is a bug, and looks like one.
    if (!given) throw new Error(`parameter ${name} is not among the known ones`)
    return given
  }
  const get = (name: string): string | undefined => getAll(name)[0]

  return {
    get,
    getAll,
    getRequired: (name) => {
      const value = get(name)
      if (value === undefined) throw new OAuthError('invalid_request', `The parameter ${name} is missing.`)
      return value
    },
  }
}
