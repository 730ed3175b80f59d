import type { Seconds } from '@countersign/shared'

/** The settings that say something about one another; one that is wrong by itself is `undefined`. */
export interface RelatedSettings {
  readonly AUTH_PORT: number
  readonly AUTH_METRICS_PORT: number | undefined
  readonly AUTH_ACCESS_TOKEN_LIFETIME: Seconds
  readonly AUTH_REFRESH_TOKEN_LIFETIME: Seconds
  readonly AUTH_REFRESH_TOKEN_IDLE_LIFETIME: Seconds
  readonly AUTH_REFRESH_REUSE_GRACE: Seconds
  readonly AUTH_STATUS_LIST_TTL: Seconds
  readonly AUTH_STATUS_LIST_LIFETIME: Seconds
}

/** Which time must not be longer than which, and why. */
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

/** What does not fit among settings that are right each by itself: nobody can have meant it, so the start says so. */
export function contradictions(settings: RelatedSettings): readonly string[] {
  const problems = ORDERED.filter(([shorter, longer]) => isLonger(settings[shorter], settings[longer])).map(
    ([shorter, longer, because]) => `${shorter} must not be longer than ${longer}: ${because}.`,
  )
  if (settings.AUTH_METRICS_PORT !== undefined && settings.AUTH_METRICS_PORT === settings.AUTH_PORT) {
    problems.push('AUTH_METRICS_PORT must not be AUTH_PORT: the metrics have a port of their own.')
  }
  return problems
}

function isLonger(one: Seconds | undefined, other: Seconds | undefined): boolean {
  return one !== undefined && other !== undefined && one > other
}
