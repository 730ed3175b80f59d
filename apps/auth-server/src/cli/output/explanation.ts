import type { AccessTokenErrorCode, Explanation, ExplanationStep } from '@countersign/access-token-verifier'
import { instant } from './terminal.ts'

/**
 * What the database knows of the authorization, client and user of a token. `unknown` when the row does not exist, or
 * no longer does.
 */
export interface Standing {
  readonly authorization: 'in_force' | 'ended' | 'unknown'
  readonly client: 'enabled' | 'disabled' | 'unknown'
  /** Absent when the subject is the client itself. */
  readonly user?: 'enabled' | 'disabled' | 'unknown'
}

/** Advice for the first check that fails: which setting or command to change. */
export const ADVICE: Readonly<Record<AccessTokenErrorCode, string>> = {
  missing: 'Send the token in the Authorization header, as Bearer, one space, the token.',
  invalid_request: 'Send one Authorization header: Bearer, one space, the token.',
  too_large: 'Is it an access token? Ours stay far below: ask for fewer scope values and resources.',
  malformed:
    'Is it whole, and nothing but the access_token of the token response? A refresh token is not a JWT.',
  wrong_algorithm: 'This server signs with RS256 alone: the token is from somewhere else, or was changed.',
  wrong_type:
    'Send the access_token of the token response: an ID token is for the client, not for a resource.',
  unknown_key:
    'The token is from another issuer or another database (AUTH_DATABASE_URL), or its key is gone: `auth keys list` shows those there are.',
  bad_signature: 'The token was changed, or another key signed it: get a new one.',
  wrong_issuer:
    'Make RESOURCE_ISSUER at the resource server and AUTH_ISSUER here the same string, then get a new token.',
  wrong_audience:
    'Make RESOURCE_AUDIENCE the audience of the token, or name this resource when asking for one (parameter resource; the client needs it: `auth clients add … --audience`). To make the check of another resource, use --audience.',
  expired:
    'Get a new token. AUTH_ACCESS_TOKEN_LIFETIME says how long one lives; if it is new, compare the clocks.',
  not_yet_valid: 'The clock of the issuer is ahead of the one here: set both by NTP.',
  insufficient_scope:
    'Ask for the scope with the token; its client and its resource must have it: `auth clients add … --scope`, `auth resources add … --scope`.',
  revoked: 'The authorization behind it has ended: the user signs in again, or the client asks again.',
  keys_unavailable:
    'Is the issuer running, and does its metadata name exactly this issuer? Look at AUTH_ISSUER.',
  status_unavailable: 'Is the issuer running? Its status list cannot be fetched.',
}

/** An explanation as JSON. */
export function explanationJson(explanation: Explanation, standing: Standing | undefined) {
  const { steps } = explanation
  return {
    accepted: explanation.kind === 'accepted',
    steps,
    ...(explanation.kind === 'accepted'
      ? { not_reached: [] }
      : {
          not_reached: explanation.notReached,
          failed_check: steps.find(({ ok }) => !ok)?.check,
          error: explanation.error.code,
          advice: ADVICE[explanation.error.code],
        }),
    ...(standing && { standing }),
  }
}

/** The checks of an explanation for people, as a table. */
export function explanationRows(explanation: Explanation): readonly (readonly string[])[] {
  return [
    ['CHECK', 'EXPECTED', 'FOUND', 'VERDICT'],
    ...explanation.steps.map((step) => [
      step.check,
      withInstant(step, step.expected),
      shortened(withInstant(step, step.found)),
      step.ok ? 'holds' : 'FAILS',
    ]),
    ...(explanation.kind === 'refused'
      ? explanation.notReached.map((check) => [check, '', '', 'not reached'])
      : []),
  ]
}

/** The conclusion of an explanation, for people: a verdict or what to do, then what the database knows. */
export function conclusion(
  explanation: Explanation,
  known: { readonly standing: Standing; readonly expiresAt: number | undefined } | undefined,
): readonly string[] {
  const error = explanation.kind === 'refused' ? explanation.error.code : undefined
  const verdict = error === undefined ? 'A resource server accepts this token.' : ADVICE[error]
  if (!known) return [verdict]

  const { authorization, client, user } = known.standing
  const facts = [
    `its authorization ${authorization === 'in_force' ? 'is in force' : `is ${authorization}`}`,
    `its client is ${client}`,
    ...(user === undefined ? [] : [`its user is ${user}`]),
  ]
  return [
    verdict,
    `As far as this database knows, ${facts.join(', ')}.`,
    ...(error === 'revoked' && known.expiresAt !== undefined
      ? [
          `A resource server that does not read the status list accepts the token until it expires, at ${instant(known.expiresAt)}.`,
        ]
      : []),
  ]
}

/** Adds the date and time to the number that a token carries. */
function withInstant({ check }: ExplanationStep, text: string): string {
  if (!['exp', 'nbf', 'iat'].includes(check)) return text
  return text.replace(/\d{9,11}/, (seconds) => `${seconds} (${instant(Number(seconds))})`)
}

/** Shortens a text so that its column stays readable: the text in a token may be long. */
function shortened(text: string): string {
  const characters = [...text]
  return characters.length > 60 ? `${characters.slice(0, 59).join('')}…` : text
}
