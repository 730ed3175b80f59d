import type { Command } from 'commander'

/** How a command is written and what its help says. */
export interface Usage {
  /** Its name and arguments, like `add <name>`. */
  readonly usage: string
  readonly summary: string
  /** What one would type, complete. */
  readonly example: string
}

/** Adds a command to a noun: with its example, `--json`, and the hint to its help when it is used wrongly. */
export function addCommand(noun: Command, { usage, summary, example }: Usage): Command {
  const command = noun.command(usage).summary(summary).description(`${summary}.`)
  return command
    .option('--json', 'print JSON')
    .showHelpAfterError(`See \`auth ${noun.name()} ${command.name()} --help\`.`)
    .addHelpText('after', `\nExample:\n  ${example}`)
}

/** Adds a noun to the program. */
export function addNoun(program: Command, name: string, summary: string): Command {
  return program
    .command(name)
    .summary(summary)
    .description(`${summary}.`)
    .showHelpAfterError(`See \`auth ${name} --help\`.`)
}
