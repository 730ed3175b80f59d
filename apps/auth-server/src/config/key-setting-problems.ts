import type { Seconds } from '@countersign/shared'

/** The settings that decide how signing keys turn, and how long what they sign lives. */
export interface KeySettings {
  readonly keyLifetime: Seconds
  readonly keyPublishLead: Seconds
  readonly accessTokenLifetime: Seconds
  readonly statusListLifetime: Seconds
}

/** The key set may be kept for a quarter of the lead, and a cache counts in whole seconds (RFC 9111 §1.2.2). */
const SHORTEST_LEAD: Seconds = 4

/**
 * So many keys at most sign while one token lives: all stay published, and a verifier takes 100. The rest is for the
 * standby, and for those that stay a little longer than their tokens.
 */
const MOST_KEYS = 90

/** What does not fit among settings that are right each by itself. */
export function keySettingProblems(settings: KeySettings): readonly string[] {
  const { keyLifetime, keyPublishLead, accessTokenLifetime, statusListLifetime } = settings
  const problems: string[] = []
  if (keyPublishLead < SHORTEST_LEAD) {
    problems.push(
      `AUTH_KEY_PUBLISH_LEAD must be ${SHORTEST_LEAD}s or more: caches may keep the key set for a quarter of it, and cannot keep it for less than a second.`,
    )
  }
  if (keyPublishLead >= keyLifetime) {
    problems.push(
      'AUTH_KEY_PUBLISH_LEAD must be shorter than AUTH_KEY_LIFETIME: a key is published while the one before it signs.',
    )
  }
  for (const [name, lifetime] of [
    ['AUTH_ACCESS_TOKEN_LIFETIME', accessTokenLifetime],
    ['AUTH_STATUS_LIST_LIFETIME', statusListLifetime],
  ] as const) {
    if (lifetime > MOST_KEYS * keyLifetime) {
      problems.push(
        `AUTH_KEY_LIFETIME must be a ${MOST_KEYS}th of ${name} or more: a key stays published until what it signed has expired, and the key set would grow too large for verifiers.`,
      )
    }
  }
  return problems
}
