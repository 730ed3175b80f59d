import type { LoadOrder } from '../load/fire.ts'
import type { Settings } from '../settings.ts'

/** Which tokens are sent. */
export interface Workload {
  readonly title: string
  readonly note: string
  /** How many tokens the workload needs in total. */
  readonly tokens: (settings: Settings) => number
  /** The order for the load generator in a turn. Turn 0 is the warm-up. */
  readonly order: (turn: number, settings: Settings) => Omit<LoadOrder, 'url' | 'method' | 'connections'>
}

/** Enough to fill a cache of useful size, and the number that the aim names. */
const WORKING_SET_TOKENS = 5_000

/** How long a candidate is warmed up, in seconds. */
const WARM_UP_SECONDS = 1

/** How many fresh tokens a second of measurement needs: more than the fastest verification on one core uses. */
const FRESH_TOKENS_PER_SECOND = 4_000

/** The three patterns in which tokens arrive. */
export const WORKLOADS: readonly Workload[] = [
  {
    title: '`GET /users/me`, one reused token',
    note: 'One client that sends the same token with every request.',
    tokens: () => 1,
    order: (turn, { seconds }) => ({ seconds: turn === 0 ? WARM_UP_SECONDS : seconds, from: 0, count: 1 }),
  },
  {
    title: '`GET /users/me`, 5,000 tokens in turn',
    note: 'Many users: every token comes again after 4,999 others. All have come once before it is measured.',
    tokens: () => WORKING_SET_TOKENS,
    order: (turn, { seconds }) => ({
      ...(turn === 0 ? { amount: WORKING_SET_TOKENS } : { seconds }),
      from: 0,
      count: WORKING_SET_TOKENS,
    }),
  },
  {
    title: '`GET /users/me`, a fresh token per request',
    note: 'No token comes twice, so nothing that was remembered helps. The limits look at none of them.',
    tokens: (settings) => freshPerTurn(settings) * (2 * settings.rounds + 1),
    order: (turn, settings) => {
      const amount = freshPerTurn(settings)
      return { amount, from: turn * amount, count: amount }
    },
  },
]

function freshPerTurn({ seconds }: Settings): number {
  return Math.round(seconds * FRESH_TOKENS_PER_SECOND)
}
