import type { Command } from 'commander'
import type { Config } from '../../config/config.ts'
import { passwordHashProblem } from '../../domain/users/password-hash.ts'
import { PasswordHasher } from '../../domain/users/password-hasher.ts'
import {
  fullNameProblem,
  passwordProblem,
  type UserRecord,
  usernameProblem,
} from '../../domain/users/user.ts'
import { normalizeUsername } from '../../domain/users/user-name.ts'
import {
  findLookAlike,
  findUserByName,
  findUserRecordById,
  insertUser,
  updateUserDescription,
} from '../../domain/users/user-store.ts'
import { mintId } from '../../oauth/secret.ts'
import { withLock } from '../../storage/lock.ts'
import { addCommand, assertNamesSomething } from '../command.ts'
import { type Opened, withDatabase } from '../open-database.ts'
import { noteBootstrapFile } from '../output/bootstrap-note.ts'
import { logEvent } from '../output/log-event.ts'
import { readNewPassword } from '../output/prompt.ts'
import { userJson } from '../output/records.ts'
import { deletedMeanwhile, Refusal } from '../output/refusal.ts'
import { type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import {
  declareUserDescription,
  USER_DESCRIPTION_OPTIONS,
  type UserDescriptionOptions,
  userDescriptionOf,
} from './user-description.ts'

interface AddUserOptions extends OutputOptions, UserDescriptionOptions {
  readonly fullName?: string
  readonly passwordHash?: string
}

/** `auth users add`: a user with a name that is not taken. */
export function declareAdd(users: Command, terminal: Terminal): void {
  const command = addCommand(users, {
    usage: 'add <name>',
    summary: 'Add a user; the password is asked for, or read from standard input',
    example: 'auth users add alice --full-name "Alice Wonderland"',
  })
    .option('--full-name <text>', 'what tokens with the scope profile call them')
    .option('--password-hash <hash>', "instead of a password: bcrypt, or passlib's pbkdf2_sha256")
  declareUserDescription(command).action((name: string, options: AddUserOptions) =>
    add(terminal, name, options),
  )
}

async function add(terminal: Terminal, username: string, options: AddUserOptions): Promise<void> {
  const { fullName, passwordHash } = options
  refuse('The user name', usernameProblem(username))
  if (fullName !== undefined) refuse('The full name', fullNameProblem(fullName))
  if (passwordHash !== undefined) refuse('The password hash', passwordHashProblem(passwordHash))

  const described = userDescriptionOf(options, { claims: {}, roles: [], groups: [] })

  await withDatabase(terminal, async ({ db, config, now }) => {
    // Checked before the password is read: nobody should type one twice and then learn that the name is taken.
    if (await findUserByName(db, username)) throw nameTaken(username)
    const alike = await findLookAlike(db, username)
    if (alike !== undefined) throw nameTooMuchAlike(alike)
    const hash = passwordHash ?? (await readPasswordHash(terminal, config))

    const createdAt = now()
    const user = {
      id: mintId('usr'),
      username,
      fullName,
      passwordHash: hash,
      disabled: false,
      ...described,
      updatedAt: createdAt,
    }
    // The lock prevents anyone else from taking this name meanwhile.
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

export interface SetUserOptions extends OutputOptions, UserDescriptionOptions {
  readonly name?: string
  readonly fullName?: string
}

/** `auth users set`. The caller passes what it does. */
export function declareSet(
  users: Command,
  run: (username: string, options: SetUserOptions) => Promise<void>,
): void {
  const command = addCommand(users, {
    usage: 'set <name>',
    summary: 'Change the names, claims, roles or groups of a user; what is not named stays, and nothing ends',
    example: 'auth users set alice --full-name "Alice Liddell"',
  })
    .option('--full-name <text>', 'in place of the full name; empty for none')
    .option('--name <name>', 'another name to sign in with; the id in tokens stays')
  declareUserDescription(command).action((username: string, options: SetUserOptions) => {
    assertNamesSomething(options, ['--full-name', '--name', ...USER_DESCRIPTION_OPTIONS])
    return run(username, options)
  })
}

/** Replaces what is given. Tokens name a user by the id, which stays the same, so no authorization has to be revoked. */
export async function setUser(
  terminal: Terminal,
  options: SetUserOptions,
  { opened, registered }: { readonly opened: Opened; readonly registered: UserRecord },
): Promise<void> {
  const { id, username } = registered.user
  const name = options.name === undefined ? undefined : normalizeUsername(options.name)
  refuse('The user name', name === undefined ? undefined : usernameProblem(name))
  refuse('The full name', options.fullName ? fullNameProblem(options.fullName) : undefined)

  const changed = await withLock(opened.db, 'registration', async (transaction) => {
    const current = await findUserRecordById(transaction, id)
    if (!current) throw deletedMeanwhile('User', username)
    const { user } = current
    const description = {
      ...user,
      ...userDescriptionOf(options, user),
      updatedAt: opened.now(),
      username: name ?? user.username,
      fullName: options.fullName === undefined ? user.fullName : options.fullName || undefined,
    }
    if (name !== undefined) {
      const taken = await findLookAlike(transaction, description.username, { but: id })
      if (taken !== undefined) {
        throw new Refusal(
          taken === name
            ? `There is a user named "${taken}" already: choose another name.`
            : `The name is too much like that of the user "${taken}": choose another.`,
        )
      }
    }
    // The user may be gone: deleting a user does not wait for this lock.
    if (!(await updateUserDescription(transaction, id, description))) throw deletedMeanwhile('User', username)
    return { ...current, user: description }
  })

  logEvent(terminal, 'user_changed', { sub: id })
  if (changed.user.username !== username) {
    await noteBootstrapFile(terminal, opened, { noun: 'user', name: username })
  }
  const renamed = changed.user.username === username ? '' : `, and is now ${changed.user.username}`
  show(terminal, options, {
    json: userJson(changed),
    text: `User ${username} is changed${renamed}. Access tokens issued before say what was so then: \`auth users sign-out ${changed.user.username}\` ends them.`,
  })
}

function refuse(what: string, problem: string | undefined): void {
  if (problem !== undefined) throw new Refusal(`${what} ${problem}.`)
}

/** Reads a new password and hashes it. Call it before a transaction begins, or everybody would wait for bcrypt. */
export async function readPasswordHash(terminal: Terminal, config: Config): Promise<string> {
  const password = await readNewPassword(terminal)
  const problem = passwordProblem(password)
  if (problem !== undefined) throw new Refusal(`The password ${problem}.`)

  // The pool is loaded only here, so no other command waits for it.
  const hasher = new PasswordHasher({ cost: config.passwordCost, workers: 1 })
  try {
    return await hasher.hash(password)
  } finally {
    await hasher.close()
  }
}

function nameTaken(username: string): Refusal {
  return new Refusal(`There is a user named "${username}" already: choose another name.`)
}

function nameTooMuchAlike(other: string): Refusal {
  return new Refusal(`That name is too much like the one of the user "${other}": choose another name.`)
}
