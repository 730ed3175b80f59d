import type { Logger } from '@countersign/http-service'
import type { Clock, Seconds } from '@countersign/shared'
import type { SecurityEvent } from '../oauth/error.ts'
import type { Database } from '../storage/database.ts'
import type { Job } from './jobs.ts'
import { prune } from './prune.ts'
import { createPruneClock } from './prune-clock.ts'

export interface PruneJobDeps {
  readonly db: Database
  readonly now: Clock
  /** Seconds since this process began, which no change of the wall clock moves. */
  readonly uptime: () => Seconds
  readonly logger: Logger
}

/** Prunes expired rows once a minute in every process, by a clock that did not jump. */
export function pruneJob({ db, now, uptime, logger }: PruneJobDeps): Job {
  const look = createPruneClock({ db, now, uptime })
  let wasDoubted = false

  return {
    name: 'prune what has expired',
    every: 60_000,
    run: async (stopping) => {
      const seen = await look()
      if (!seen) return
      if (seen.isDoubted && !wasDoubted) {
        logger.warn(
          { event: 'clock_doubted', ahead: now() - seen.instant } satisfies {
            event: SecurityEvent
            ahead: number
          },
          'the clock is ahead of the time that has passed: what expires by it is kept for now',
        )
      }
      wasDoubted = seen.isDoubted
      // The run may take minutes, and each status list it changes gets the instant of the change, never an earlier one.
      const began = uptime()
      await prune(db, () => seen.instant + Math.floor(uptime() - began), stopping)
    },
  }
}
