import type { Command } from 'commander'
import {
  deleteUser as deleteUserAndRevoke,
  disableUser as disableUserAndRevoke,
  revokeAuthorizationsOf,
} from '../../domain/authorizations/revoke-authorizations.ts'
import { passwordHashProblem } from '../../domain/users/password-hash.ts'
import { fullNameProblem, type UserRecord, usernameProblem } from '../../domain/users/user.ts'
import {
  enableUser as enableUserAndRevoke,
  findLookAlike,
  findUserByName,
  findUserRecord,
  insertUser,
  listUsers as listUsersAndRevoke,
  setPasswordHash,
} from '../../domain/users/user-store.ts'
import { mintId } from '../../oauth/secret.ts'
import { withLock } from '../../storage/lock.ts'
import { addCommand } from '../command.ts'
import { withDatabase } from '../open-database.ts'
import { noteBootstrapFile } from '../output/bootstrap-note.ts'
import { logEvent } from '../output/log-event.ts'
import { deletedMeanwhile, Refusal } from '../output/refusal.ts'
import { tellEnded, withProgress } from '../output/revoked.ts'
import { type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import { readPasswordHash } from './hash-password.ts'
import { addSetUser, setUser } from './set-user.ts'
import { userJson, userRow } from './show-user.ts'
import { type OneUser, showUser, unlockUser } from './user-sign-ins.ts'

interface AddUserOptions extends OutputOptions {
  readonly fullName?: string
  readonly passwordHash?: string
}

/** `auth users …`: the people who can sign in. */
export function addCommands(users: Command, terminal: Terminal): void {
  const verb = (name: string, summary: string, run: (one: OneUser) => Promise<void>) =>
    addCommand(users, { usage: `${name} <name>`, summary, example: `auth users ${name} alice` }).action(
      (username: string, options: OutputOptions) => withUser(terminal, options, { username, run }),
    )

  addCommand(users, {
    usage: 'add <name>',
    summary: 'Add a user; the password is asked for, or read from standard input',
    example: 'auth users add alice --full-name "Alice Wonderland"',
  })
    .option('--full-name <text>', 'what tokens with the scope profile call them')
    .option('--password-hash <hash>', "instead of a password: bcrypt, or passlib's pbkdf2_sha256")
    .action((name: string, options: AddUserOptions) => addUser(terminal, name, options))
  addCommand(users, {
    usage: 'list',
    summary: 'List all users',
    example: 'auth users list',
  }).action((options: OutputOptions) => listUsers(terminal, options))
  verb('show', 'Show one user, the last sign-in, and until when failures delay the next', showUser)
  addSetUser(users, (username, options) =>
    withUser(terminal, options, { username, run: (one) => setUser(terminal, options, one) }),
  )
  verb('disable', 'Keep a user out, and end all that was opened for them', disableUser)
  verb('enable', 'Let a user sign in again', enableUser)
  verb('unlock', 'End the delay of sign-ins that failures have caused, at every server', unlockUser)
  verb('set-password', 'Set a password; it is asked for, or read from standard input', setPassword)
  verb('sign-out', 'End all that was opened for a user, who can sign in again', signOut)
  verb('delete', 'Delete a user, and end all that was opened for them', deleteUser)
}

async function addUser(terminal: Terminal, username: string, options: AddUserOptions): Promise<void> {
  const { fullName, passwordHash } = options
  refuse('The user name', usernameProblem(username))
  if (fullName !== undefined) refuse('The full name', fullNameProblem(fullName))
  if (passwordHash !== undefined) refuse('The password hash', passwordHashProblem(passwordHash))

  await withDatabase(terminal, async ({ db, config, now }) => {
    // Asked before the password is: nobody types one twice to hear that the name is taken.
    if (await findUserByName(db, username)) throw nameTaken(username)
    const alike = await findLookAlike(db, username)
    if (alike !== undefined) throw nameTooMuchAlike(alike)
    const hash = passwordHash ?? (await readPasswordHash(terminal, config))

    const user = { id: mintId('usr'), username, fullName, passwordHash: hash, disabled: false }
    const createdAt = now()
    // Nobody is given this name meanwhile.
    const isAdded = await withLock(db, 'registration', (transaction) =>
      insertUser(transaction, user, { now: createdAt, demo: 0 }),
    )
    if (!isAdded) throw nameTaken(username)
    logEvent(terminal, 'user_added', { sub: user.id })
    show(terminal, options, {
      json: userJson({ user, createdAt }),
      text: `User ${username} is added, as ${user.id}.`,
    })
  })
}

async function listUsers(terminal: Terminal, options: OutputOptions): Promise<void> {
  await withDatabase(terminal, async ({ db }) => {
    const users = await listUsersAndRevoke(db)
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

async function disableUser(one: OneUser): Promise<void> {
  const { terminal, opened, registered } = one
  const ended = await withProgress(terminal, opened, (revoking) =>
    disableUserAndRevoke(opened.db, registered.user.id, revoking),
  )
  if (ended === undefined) throw deletedMeanwhile('User', registered.user.username)
  logEvent(terminal, 'user_disabled', { sub: registered.user.id, authorizationsEnded: ended })
  await showEnded({ ...one, registered: withState(one.registered, true) }, 'is disabled', ended)
}

async function enableUser({ terminal, options, opened, registered }: OneUser): Promise<void> {
  if (!(await enableUserAndRevoke(opened.db, registered.user.id))) {
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
  const ended = await withProgress(terminal, opened, (revoking) =>
    revokeAuthorizationsOf(opened.db, { by: 'subject', value: registered.user.id }, revoking),
  )
  logEvent(terminal, 'user_signed_out', { sub: registered.user.id, authorizationsEnded: ended })
  await showEnded(one, 'is signed out', ended)
}

async function deleteUser(one: OneUser): Promise<void> {
  const { terminal, opened, registered } = one
  const ended = await withProgress(terminal, opened, (revoking) =>
    deleteUserAndRevoke(opened.db, registered.user.id, revoking),
  )
  logEvent(terminal, 'user_deleted', { sub: registered.user.id, authorizationsEnded: ended })
  await noteBootstrapFile(terminal, opened, { noun: 'user', name: registered.user.username })
  await showEnded(one, 'is deleted', ended)
}

async function showEnded(
  { terminal, options, opened, registered }: OneUser,
  what: string,
  ended: number,
): Promise<void> {
  const { id, username } = registered.user
  const told = await tellEnded(opened, { column: 'subject', value: id, ended })
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

function nameTaken(username: string): Refusal {
  return new Refusal(`There is a user named "${username}" already: choose another name.`)
}

function nameTooMuchAlike(other: string): Refusal {
  return new Refusal(`That name is too much like the one of the user "${other}": choose another name.`)
}

function refuse(what: string, problem: string | undefined): void {
  if (problem !== undefined) throw new Refusal(`${what} ${problem}.`)
}
