import type { Seconds } from '@countersign/shared'

/** The settings that depend on one another. A setting that is wrong by itself is `undefined`. */
export interface RelatedSettings {
  readonly AUTH_PORT: number
  readonly AUTH_METRICS_PORT: number | undefined
  readonly AUTH_ACCESS_TOKEN_LIFETIME: Seconds
  readonly AUTH_REFRESH_TOKEN_LIFETIME: Seconds
  readonly AUTH_REFRESH_TOKEN_IDLE_LIFETIME: Seconds
  readonly AUTH_REFRESH_REUSE_GRACE: Seconds
  readonly AUTH_STATUS_LIST_TTL: Seconds
  readonly AUTH_STATUS_LIST_LIFETIME: Seconds
  readonly AUTH_KEY_LIFETIME: Seconds
  readonly AUTH_KEY_PUBLISH_LEAD: Seconds
}

/** Pairs of times of which the first must not be longer than the second, and why. */
const ORDERED: readonly (readonly [keyof RelatedSettings, keyof RelatedSettings, string])[] = [
  ['AUTH_STATUS_LIST_TTL', 'AUTH_STATUS_LIST_LIFETIME', 'a list is asked for again before it expires'],
  [
    'AUTH_REFRESH_TOKEN_IDLE_LIFETIME',
    'AUTH_REFRESH_TOKEN_LIFETIME',
    'no refresh token outlives the sign-in it keeps alive',
  ],
  [
    'AUTH_ACCESS_TOKEN_LIFETIME',
    'AUTH_REFRESH_TOKEN_LIFETIME',
    'refreshing would end before there is anything to refresh',
  ],
  [
    'AUTH_REFRESH_REUSE_GRACE',
    'AUTH_REFRESH_TOKEN_IDLE_LIFETIME',
    'the successor it gives again would have expired',
  ],
]

/** The key set may be cached for a quarter of the lead, and a cache counts in whole seconds (RFC 9111 §1.2.2). */
const MIN_PUBLISH_LEAD: Seconds = 4

/**
 * The largest number of keys that sign during the lifetime of one token. All of them stay published, and a verifier
 * accepts 100. The remaining ten are for the standby key, and for keys that stay published a little longer than their
 * tokens live.
 */
const MAX_KEYS_PER_TOKEN = 90

/** The problems between settings that are each right by themselves, one sentence each. */
export function settingRuleProblems(settings: RelatedSettings): readonly string[] {
  const problems = ORDERED.filter(([shorter, longer]) => isLonger(settings[shorter], settings[longer])).map(
    ([shorter, longer, because]) => `${shorter} must not be longer than ${longer}: ${because}.`,
  )
  if (settings.AUTH_METRICS_PORT !== undefined && settings.AUTH_METRICS_PORT === settings.AUTH_PORT) {
    problems.push('AUTH_METRICS_PORT must not be AUTH_PORT: the metrics have a port of their own.')
  }
  return [...keyProblems(settings), ...problems]
}

function keyProblems(settings: RelatedSettings): readonly string[] {
  const { AUTH_KEY_LIFETIME: lifetime, AUTH_KEY_PUBLISH_LEAD: lead } = settings
  const problems: string[] = []
  if (lead < MIN_PUBLISH_LEAD) {
    problems.push(
      `AUTH_KEY_PUBLISH_LEAD must be ${MIN_PUBLISH_LEAD}s or more: caches may keep the key set for a quarter of it, and cannot keep it for less than a second.`,
    )
  }
  if (lead >= lifetime) {
    problems.push(
      'AUTH_KEY_PUBLISH_LEAD must be shorter than AUTH_KEY_LIFETIME: a key is published while the one before it signs.',
    )
  }
  for (const name of ['AUTH_ACCESS_TOKEN_LIFETIME', 'AUTH_STATUS_LIST_LIFETIME'] as const) {
    if (isLonger(settings[name], MAX_KEYS_PER_TOKEN * lifetime)) {
      problems.push(
        `AUTH_KEY_LIFETIME must be a ${MAX_KEYS_PER_TOKEN}th of ${name} or more: a key stays published until what it signed has expired, and the key set would grow too large for verifiers.`,
      )
    }
  }
  return problems
}

function isLonger(one: Seconds | undefined, other: Seconds | undefined): boolean {
  return one !== undefined && other !== undefined && one > other
}
