import type { Command } from 'commander'
import { lastSignIn } from '../../domain/authorizations/authorization-store.ts'
import {
  deleteUser,
  disableUser,
  revokeAuthorizationsOf,
} from '../../domain/authorizations/revoke-authorizations.ts'
import { findSignInRecord, unlockSignIn } from '../../domain/users/sign-in-store.ts'
import type { UserRecord } from '../../domain/users/user.ts'
import { enableUser, findUserRecord, listUsers, setPasswordHash } from '../../domain/users/user-store.ts'
import { addCommand } from '../command.ts'
import { type Opened, withDatabase } from '../open-database.ts'
import { noteBootstrapFile } from '../output/bootstrap-note.ts'
import { logEvent } from '../output/log-event.ts'
import { userJson, userRow, userTable } from '../output/records.ts'
import { deletedMeanwhile, Refusal } from '../output/refusal.ts'
import { tellRevoked, withProgress } from '../output/revoked.ts'
import { instant, type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import { declareAdd, declareSet, readPasswordHash, setUser } from './user-registration.ts'

/** The input of a command on one user. */
interface OneUser {
  readonly terminal: Terminal
  readonly options: OutputOptions
  readonly opened: Opened
  readonly registered: UserRecord
}

/** `auth users …`: the people who can sign in. */
export function addCommands(users: Command, terminal: Terminal): void {
  const verb = (name: string, summary: string, run: (one: OneUser) => Promise<void>) =>
    addCommand(users, { usage: `${name} <name>`, summary, example: `auth users ${name} alice` }).action(
      (username: string, options: OutputOptions) => withUser(terminal, options, { username, run }),
    )

  declareAdd(users, terminal)
  addCommand(users, {
    usage: 'list',
    summary: 'List all users',
    example: 'auth users list',
  }).action((options: OutputOptions) => list(terminal, options))
  verb('show', 'Show one user, the last sign-in, and until when failures delay the next', showOne)
  declareSet(users, (username, options) =>
    withUser(terminal, options, { username, run: (one) => setUser(terminal, options, one) }),
  )
  verb('disable', 'Keep a user out, and end all that was opened for them', disable)
  verb('enable', 'Let a user sign in again', enable)
  verb('unlock', 'End the delay of sign-ins that failures have caused, at every server', unlock)
  verb('set-password', 'Set a password; it is asked for, or read from standard input', setPassword)
  verb('sign-out', 'End all that was opened for a user, who can sign in again', signOut)
  verb('delete', 'Delete a user, and end all that was opened for them', remove)
}

async function list(terminal: Terminal, options: OutputOptions): Promise<void> {
  await withDatabase(terminal, async ({ db }) => {
    const users = await listUsers(db)
    const heading = ['NAME', 'FULL NAME', 'STATE', 'CREATED', 'ID']
    show(terminal, options, {
      json: users.map(userJson),
      text:
        users.length === 0
          ? 'There are no users: `auth users add` adds one.'
          : [heading, ...users.map(userRow)],
    })
  })
}

async function disable(one: OneUser): Promise<void> {
  const { terminal, opened, registered } = one
  const revoked = await withProgress(terminal, opened, (revoking) =>
    disableUser(opened.db, registered.user.id, revoking),
  )
  if (revoked === undefined) throw deletedMeanwhile('User', registered.user.username)
  logEvent(terminal, 'user_disabled', { sub: registered.user.id, authorizationsRevoked: revoked })
  await showRevoked({ ...one, registered: withState(one.registered, true) }, 'is disabled', revoked)
}

async function enable({ terminal, options, opened, registered }: OneUser): Promise<void> {
  if (!(await enableUser(opened.db, registered.user.id))) {
    throw deletedMeanwhile('User', registered.user.username)
  }
  logEvent(terminal, 'user_enabled', { sub: registered.user.id })
  show(terminal, options, {
    json: userJson(withState(registered, false)),
    text: `User ${registered.user.username} is enabled. What has ended stays so: they sign in again.`,
  })
}

async function setPassword({ terminal, options, opened, registered }: OneUser): Promise<void> {
  const passwordHash = await readPasswordHash(terminal, opened.config)
  const { id, username } = registered.user
  if (!(await setPasswordHash(opened.db, id, passwordHash))) throw deletedMeanwhile('User', username)
  logEvent(terminal, 'user_password_set', { sub: id })
  show(terminal, options, {
    json: userJson({ ...registered, user: { ...registered.user, passwordHash } }),
    text: `User ${username} has a new password. Where they are signed in they stay so: \`auth users sign-out ${username}\` ends that.`,
  })
}

async function signOut(one: OneUser): Promise<void> {
  const { terminal, opened, registered } = one
  const revoked = await withProgress(terminal, opened, (revoking) =>
    revokeAuthorizationsOf(opened.db, { by: 'subject', value: registered.user.id }, revoking),
  )
  logEvent(terminal, 'user_signed_out', { sub: registered.user.id, authorizationsRevoked: revoked })
  await showRevoked(one, 'is signed out', revoked)
}

async function remove(one: OneUser): Promise<void> {
  const { terminal, opened, registered } = one
  const revoked = await withProgress(terminal, opened, (revoking) =>
    deleteUser(opened.db, registered.user.id, revoking),
  )
  logEvent(terminal, 'user_deleted', { sub: registered.user.id, authorizationsRevoked: revoked })
  await noteBootstrapFile(terminal, opened, { noun: 'user', name: registered.user.username })
  await showRevoked(one, 'is deleted', revoked)
}

async function showRevoked(
  { terminal, options, opened, registered }: OneUser,
  what: string,
  revoked: number,
): Promise<void> {
  const { id, username } = registered.user
  const told = await tellRevoked(opened, { column: 'subject', value: id, revoked })
  show(terminal, options, {
    json: { ...userJson(registered), ...told.json },
    text: `User ${username} ${what}. ${told.sentence}`,
  })
}

async function withUser(
  terminal: Terminal,
  options: OutputOptions,
  { username, run }: { readonly username: string; readonly run: (one: OneUser) => Promise<void> },
): Promise<void> {
  await withDatabase(terminal, async (opened) => {
    const registered = await findUserRecord(opened.db, username)
    if (!registered) {
      throw new Refusal('There is no such user: `auth users list` shows those there are.')
    }
    await run({ terminal, options, opened, registered })
  })
}

function withState(registered: UserRecord, disabled: boolean): UserRecord {
  return { ...registered, user: { ...registered.user, disabled } }
}

/** `auth users show`: a user, when they last signed in, and whether failures delay the next time. */
async function showOne({ terminal, options, opened, registered }: OneUser): Promise<void> {
  const { lastSignInAt, delayedUntil } = await findSignInRecord(opened.db, registered.user.id)
  // A user may have signed in before the row recorded it. Then the last authorization that the user opened tells when.
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

/** `auth users unlock`: removes the delay, and the count of failed sign-ins that caused it, at every server. */
async function unlock({ terminal, options, opened, registered }: OneUser): Promise<void> {
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
