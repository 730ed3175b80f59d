/** Which tokens are sent. */
export interface Workload {
  /** On the command line. */
  readonly name: string
  readonly title: string
  readonly note: string
  /** How many tokens are sent in turn. */
  readonly tokens: number
  /** Which of the candidates differ under it. */
  readonly candidates: 'all' | 'main'
}

/** Enough to fill a cache of useful size, and the number that the aim names. */
const WORKING_SET_TOKENS = 5_000

/**
 * Three times what the largest token cache among the candidates holds. When a token comes again, it has long been dropped, so
 * every lookup misses.
 */
export const FRESH_TOKENS = 30_000

/** The three patterns in which tokens arrive. */
export const WORKLOADS: readonly Workload[] = [
  {
    name: 'one-token',
    title: '`GET /users/me`, one reused token',
    note:
      'One client that sends the same token with every request. The other peers cache no tokens, and do the same work ' +
      'as with a fresh one: they are in the last table.',
    tokens: 1,
    candidates: 'main',
  },
  {
    name: '5000-tokens',
    title: '`GET /users/me`, 5,000 tokens in turn',
    note: 'Many users: every token comes again after 4,999 others.',
    tokens: WORKING_SET_TOKENS,
    candidates: 'main',
  },
  {
    name: 'fresh-tokens',
    title: '`GET /users/me`, a fresh token per request',
    note:
      'No token is in any cache when it comes: 30,000 are sent in turn, and a token comes again after 29,999 others, three ' +
      'times what the largest cache (ours, and that of fast-jwt) holds. The limits look at none of them.',
    tokens: FRESH_TOKENS,
    candidates: 'all',
  },
]
