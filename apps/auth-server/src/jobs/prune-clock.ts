import type { Clock, Seconds } from '@countersign/shared'
import type { Database } from '../storage/database.ts'
import { withLockIfFree } from '../storage/lock.ts'
import { findPruneInstant, savePruneInstant } from '../storage/prune-clock-store.ts'

/** How far a clock may be ahead of what is known and be believed: a restart, and the minute between two looks. */
const TOLERANCE: Seconds = 300

/** How long a clock that is further ahead must stay so, with nobody contradicting it, to be believed. */
const DOUBT: Seconds = 6 * 3600

/** What passes between two looks counts for no more than this, whatever a clock says of it. */
const LONGEST_STEP: Seconds = 600

export interface PruneClockDeps {
  readonly db: Database
  /** The wall clock, which may jump. */
  readonly now: Clock
  /** Seconds of this process, which nobody sets. */
  readonly uptime: () => Seconds
}

/** What a process saw when it last looked. */
interface Look {
  /** What the database said, or this process wrote: when it says something else, another process has moved it. */
  readonly stored: Seconds
  /** That, and what has passed since. */
  readonly reached: Seconds
  readonly at: Seconds
  /** For how long the wall clock has been ahead, by the same distance. */
  readonly doubt: { readonly distance: Seconds; readonly lasts: Seconds } | undefined
}

/** The instant to prune by, and whether the wall clock says a later one that is not believed. */
export interface PruneInstant {
  readonly instant: Seconds
  readonly isDoubted: boolean
}

/**
 * The instant to prune by, `undefined` while another process is pruning. The database keeps it: a process moves it to its
 * own clock only when that is no more than five minutes ahead of the time that has passed, or has stayed ahead by the same
 * distance for six hours while no other process moved it; a clock that is behind takes it back at once. So a clock that
 * jumps makes nobody forget what is alive, and one that was set right is followed.
 */
export function createPruneClock({
  db,
  now,
  uptime,
}: PruneClockDeps): () => Promise<PruneInstant | undefined> {
  let last: Look | undefined

  return async () => {
    const look = await withLockIfFree(db, 'prune', async (transaction) => {
      // An empty database has nothing to lose.
      const stored = (await findPruneInstant(transaction)) ?? now()
      const next = lookAgain(last, { stored, wall: now(), at: uptime() })
      await savePruneInstant(transaction, next.stored)
      return next
    })
    last = look ?? last
    return look && { instant: look.reached, isDoubted: look.doubt !== undefined }
  }
}

function lookAgain(
  last: Look | undefined,
  { stored, wall, at }: { readonly stored: Seconds; readonly wall: Seconds; readonly at: Seconds },
): Look {
  const alone = last?.stored === stored
  const passed = last ? Math.min(at - last.at, LONGEST_STEP) : 0
  const reached = alone ? last.reached + passed : stored
  const distance = wall - reached
  const believed: Look = { stored: wall, reached: wall, at, doubt: undefined }
  if (distance <= TOLERANCE) return believed

  const isSame = alone && last.doubt && Math.abs(distance - last.doubt.distance) <= TOLERANCE
  const doubt =
    isSame && last.doubt ? { ...last.doubt, lasts: last.doubt.lasts + passed } : { distance, lasts: 0 }
  return doubt.lasts >= DOUBT ? believed : { stored, reached, at, doubt }
}
