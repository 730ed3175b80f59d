import type { Command } from 'commander'

/** How a command is written and what its help says. */
export interface Usage {
  /** Its name and arguments, like `add <name>`. */
  readonly usage: string
  readonly summary: string
  /** What one would type, complete. */
  readonly example: string
}

/** Adds a command to a noun: with its example and `--json`. */
export function addCommand(noun: Command, { usage, summary, example }: Usage): Command {
  return noun
    .command(usage)
    .summary(summary)
    .description(`${summary}.`)
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  ${example}`)
}
