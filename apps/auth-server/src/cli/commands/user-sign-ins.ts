import { lastSignIn } from '../../domain/authorizations/authorization-store.ts'
import { findSignInRecord, unlockSignIn } from '../../domain/users/sign-in-store.ts'
import type { UserRecord } from '../../domain/users/user.ts'
import type { Opened } from '../open-database.ts'
import { logEvent } from '../output/log-event.ts'
import { deletedMeanwhile } from '../output/refusal.ts'
import { instant, type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import { userJson, userTable } from './show-user.ts'

/** What a command on one user is given. */
export interface OneUser {
  readonly terminal: Terminal
  readonly options: OutputOptions
  readonly opened: Opened
  readonly registered: UserRecord
}

/** `auth users show`: a user, when they last signed in, and whether failures delay the next time. */
export async function showUser({ terminal, options, opened, registered }: OneUser): Promise<void> {
  const { lastSignInAt, delayedUntil } = await findSignInRecord(opened.db, registered.user.id)
  // Of a user who signed in before the row said so, what was opened then tells.
  const opening = await lastSignIn(opened.db, registered.user.id)
  const at = Math.max(lastSignInAt ?? 0, opening ?? 0) || undefined
  const until = delayedUntil !== undefined && delayedUntil > opened.now() ? delayedUntil : undefined
  show(terminal, options, {
    json: {
      ...userJson(registered),
      last_sign_in_at: at ?? null,
      sign_in_delayed_until: until ?? null,
    },
    text: [
      ...userTable(registered),
      ['last sign-in', at === undefined ? 'none that is remembered' : instant(at)],
      [
        'sign-in delay',
        until === undefined ? 'none' : `until ${instant(until)} at most, after failed sign-ins`,
      ],
    ],
  })
}

/** `auth users unlock`: ends the delay, and the count of the failures it came from, at every server. */
export async function unlockUser({ terminal, options, opened, registered }: OneUser): Promise<void> {
  const { id, username } = registered.user
  if (!(await unlockSignIn(opened.db, id, opened.now()))) throw deletedMeanwhile('User', username)
  logEvent(terminal, 'user_unlocked', { sub: id })
  show(terminal, options, {
    json: { ...userJson(registered), sign_in_delayed_until: null },
    text: `User ${username} is unlocked: no failed sign-in before now delays the next one. ${
      registered.user.disabled
        ? `They are disabled still: \`auth users enable ${username}\` ends that.`
        : 'An address from which many users failed waits a minute at most.'
    }`,
  })
}
