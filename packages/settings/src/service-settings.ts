import type { z } from 'zod'
import { duration, durationOrNone } from './setting-types.ts'
import type { Setting } from './settings.ts'

/**
 * The longest time these settings accept, in seconds: one day, which is enough. Node.js counts in milliseconds, up to 24
 * days.
 */
const LONGEST = 86_400

const withinADay = (schema: z.ZodType<number, string>): z.ZodType<number, string> =>
  schema.refine((seconds) => seconds <= LONGEST, 'must be at most 1d')

/** How long a service keeps an idle connection, in seconds. */
export const KEEP_ALIVE: Setting<number> & { readonly default: string } = {
  schema: withinADay(duration),
  default: '65s',
  description:
    'How long an idle connection is kept: longer than a proxy in front keeps it, or it sends requests on one that has just been closed.',
}

/** How long a service that is no longer ready continues to listen, in seconds. */
export const DRAIN_DELAY: Setting<number> & { readonly default: string } = {
  schema: withinADay(durationOrNone),
  default: '0s',
  description:
    'From "not ready" to "not listening" at a stop: set it to what your load balancer takes to notice, its probe interval times the failures it waits for. The stop takes that much longer.',
}
