import type { Seconds } from '@countersign/shared'
import { sql } from 'kysely'
import type { Database } from '../../storage/database.ts'
import { lookup } from '../../storage/queries.ts'
import type { Delay } from '../attempts/attempt-throttle.ts'
import { normalizeUsername } from './user-name.ts'

/** What an operator sees of the sign-ins of a user. */
export interface SignInRecord {
  /** `undefined` when there was none since the database remembers them. */
  readonly lastSignInAt: Seconds | undefined
  /** Until when failures delay the next sign-in, from some places or all; `undefined` when they did not, or were unlocked. */
  readonly delayedUntil: Seconds | undefined
}

/** What is remembered of the sign-ins of a user; nothing of one who is not there. */
export async function findSignInRecord(db: Database, id: string): Promise<SignInRecord> {
  const row = await db
    .selectFrom('users')
    .select(['last_sign_in_at', 'sign_in_delayed_until'])
    .where('id', '=', id)
    .executeTakeFirst()
  return {
    lastSignInAt: row?.last_sign_in_at ?? undefined,
    delayedUntil: row?.sign_in_delayed_until ?? undefined,
  }
}

/** The last unlock of the user with this name; `undefined` when there was none, or there is no such user. */
export async function findSignInUnlock(db: Database, username: string): Promise<Seconds | undefined> {
  const [unlock] = await unlockByName(db, normalizeUsername(username))
  return unlock
}

const unlockByName = lookup(
  (db, username) => db.selectFrom('users').select('sign_in_unlocked_at').where('username', '=', username),
  (row) => row.sign_in_unlocked_at ?? undefined,
)

/** Remembers a delay, unless there is a longer one, or it was unlocked meanwhile. Of a name that nobody has, nothing. */
export async function saveSignInDelay(db: Database, { name, until, unlock }: Delay): Promise<void> {
  await db
    .updateTable('users')
    .set({ sign_in_delayed_until: until })
    .where('username', '=', normalizeUsername(name))
    .where((where) =>
      where.or([where('sign_in_delayed_until', 'is', null), where('sign_in_delayed_until', '<', until)]),
    )
    .where((where) =>
      unlock === undefined
        ? where('sign_in_unlocked_at', 'is', null)
        : where('sign_in_unlocked_at', '=', unlock),
    )
    .execute()
}

/**
 * Has every server forget the failed sign-ins of a user. Each unlock has an instant of its own, later than that of the one
 * before: servers tell them apart by it, and compare it with no clock. False when there is no such user.
 */
export async function unlockSignIn(db: Database, id: string, now: Seconds): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('users')
    .set({
      sign_in_delayed_until: null,
      sign_in_unlocked_at: sql`case when sign_in_unlocked_at >= ${now} then sign_in_unlocked_at + 1 else ${now} end`,
    })
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
