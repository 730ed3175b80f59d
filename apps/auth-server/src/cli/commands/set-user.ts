import type { Command } from 'commander'
import { fullNameProblem, type UserRecord, usernameProblem } from '../../domain/users/user.ts'
import { normalizeUsername } from '../../domain/users/user-name.ts'
import { findLookAlike, findUserRecordById, updateUserNames } from '../../domain/users/user-store.ts'
import { withLock } from '../../storage/lock.ts'
import { addCommand } from '../command.ts'
import type { Opened } from '../open-database.ts'
import { noteBootstrapFile } from '../output/bootstrap-note.ts'
import { logEvent } from '../output/log-event.ts'
import { deletedMeanwhile, Refusal } from '../output/refusal.ts'
import { type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import { assertNamesSomething } from './replacing.ts'
import { userJson } from './show-user.ts'

export interface SetUserOptions extends OutputOptions {
  readonly name?: string
  readonly fullName?: string
}

/** `auth users set`, of which whoever adds it says what is done. */
export function addSetUser(
  users: Command,
  run: (username: string, options: SetUserOptions) => Promise<void>,
): void {
  addCommand(users, {
    usage: 'set <name>',
    summary: 'Change the name or the full name of a user; what is not named stays, and nothing ends',
    example: 'auth users set alice --full-name "Alice Liddell"',
  })
    .option('--full-name <text>', 'in place of the full name; empty for none')
    .option('--name <name>', 'another name to sign in with; the id in tokens stays')
    .action((username: string, options: SetUserOptions) => {
      assertNamesSomething(options, ['--full-name', '--name'])
      return run(username, options)
    })
}

/** Replaces what is given. Tokens name a user by the id, which stays: so nothing that was opened has to end. */
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
    const names = {
      username: name ?? user.username,
      fullName: options.fullName === undefined ? user.fullName : options.fullName || undefined,
    }
    if (name !== undefined) {
      const taken = await findLookAlike(transaction, names.username, { but: id })
      if (taken !== undefined) {
        throw new Refusal(
          taken === name
            ? `There is a user named "${taken}" already: choose another name.`
            : `The name is too much like that of the user "${taken}": choose another.`,
        )
      }
    }
    // Who deletes a user waits for no lock of ours.
    if (!(await updateUserNames(transaction, id, names))) throw deletedMeanwhile('User', username)
    return { ...current, user: { ...user, ...names } }
  })

  logEvent(terminal, 'user_changed', { sub: id })
  if (changed.user.username !== username) {
    await noteBootstrapFile(terminal, opened, { noun: 'user', name: username })
  }
  const renamed = changed.user.username === username ? '' : `, and is now ${changed.user.username}`
  show(terminal, options, {
    json: userJson(changed),
    text: `User ${username} is changed${renamed}. Access tokens issued before say what was so then.`,
  })
}

function refuse(what: string, problem: string | undefined): void {
  if (problem !== undefined) throw new Refusal(`${what} ${problem}.`)
}
