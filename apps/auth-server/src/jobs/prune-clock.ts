import type { Clock, Seconds } from '@countersign/shared'
import type { Database } from '../storage/database.ts'
import { withLockIfFree } from '../storage/lock.ts'
import { findPruneInstant, savePruneInstant } from '../storage/prune-clock-store.ts'

/** How far ahead of the known time a clock is believed at once: a restart, and the minute between two looks. */
const BELIEVED_LEAD: Seconds = 300

/** How long a clock must stay further ahead, while no other process contradicts it, before it is believed. */
const DOUBT_LASTS: Seconds = 6 * 3600

/** The most that counts as having passed between two looks. */
const MAX_STEP: Seconds = 600

export interface PruneClockDeps {
  readonly db: Database
  /** The wall clock, which may jump. */
  readonly now: Clock
  /** Seconds since this process began, which no change of the wall clock moves. */
  readonly uptime: () => Seconds
}

/** What a process saw when it last looked. */
interface Look {
  /** What the database held, or this process wrote; when it holds another instant, another process has moved it. */
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
 * distance for six hours while no other process moved it. A clock that is behind takes it back at once. So a clock that
 * jumps prunes nothing that is alive, and a clock that was set right is followed.
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
  const passed = last ? Math.min(at - last.at, MAX_STEP) : 0
  const reached = alone ? last.reached + passed : stored
  const distance = wall - reached
  const believed: Look = { stored: wall, reached: wall, at, doubt: undefined }
  if (distance <= BELIEVED_LEAD) return believed

  const isSame = alone && last.doubt && Math.abs(distance - last.doubt.distance) <= BELIEVED_LEAD
  const doubt =
    isSame && last.doubt ? { ...last.doubt, lasts: last.doubt.lasts + passed } : { distance, lasts: 0 }
  return doubt.lasts >= DOUBT_LASTS ? believed : { stored, reached, at, doubt }
}
