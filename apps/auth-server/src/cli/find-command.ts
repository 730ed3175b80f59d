import type { Command } from 'commander'
import { type CommandLine, splitOption } from './command-line.ts'
import { WrongUse } from './output/refusal.ts'
import { SECRETS_ARE_NO_ARGUMENTS } from './secret-arguments.ts'

/** A command, and the words that follow its name. */
export interface FoundCommand {
  readonly command: Command
  readonly rest: readonly string[]
}

/** The commands that read a secret. People are used to giving it as one more word. */
const READS_SECRET: readonly string[] = ['auth users add', 'auth users set-password', 'auth keys re-encrypt']

/** Follows the words down the tree as far as they name commands. */
export function findCommand(program: Command, words: readonly string[]): FoundCommand {
  const [word, ...rest] = words
  const child = program.commands.find((command) => command.name() === word)
  return child ? findCommand(child, rest) : { command: program, rest: words }
}

/** The command as one types it: `auth users add`. */
export function nameOfCommand(command: Command): string {
  return command.parent ? `${nameOfCommand(command.parent)} ${command.name()}` : command.name()
}

/**
 * Throws `WrongUse` for too many or too few words, or for an option of another command. The message repeats none of the
 * words.
 */
export function assertFits({ command, rest }: FoundCommand, { options }: CommandLine): void {
  const name = nameOfCommand(command)
  if (command.commands.length > 0) {
    const there = command.commands.map((child) => child.name()).join(', ')
    throw new WrongUse(`\`${name}\` has no such ${command.parent ? 'verb' : 'noun'}: there are ${there}.`)
  }

  const known = command.registeredArguments
  if (rest.length > known.length) {
    if (READS_SECRET.includes(name)) throw new WrongUse(SECRETS_ARE_NO_ARGUMENTS)
    throw new WrongUse(`\`${name}\` takes ${counted(known.length)}, and was given ${rest.length}.`)
  }
  const missing = known.slice(rest.length).find((argument) => argument.required)
  if (missing) throw new WrongUse(`\`${name}\` needs <${missing.name()}>.`)

  const other = options
    .map((option) => splitOption(option).flag)
    .find((flag) => !command.options.some(({ short, long }) => flag === short || flag === long))
  if (other !== undefined) throw new WrongUse(`\`${name}\` does not take the option ${other}.`)
}

function counted(count: number): string {
  return count === 0 ? 'no argument' : count === 1 ? '1 argument' : `${count} arguments`
}
