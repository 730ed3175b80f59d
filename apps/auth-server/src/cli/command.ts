import { parseScope } from '@countersign/shared'
import type { Command } from 'commander'
import { WrongUse } from './output/refusal.ts'

/** How a command is written and what its help says. */
export interface Usage {
  /** Its name and arguments, like `add <name>`. */
  readonly usage: string
  readonly summary: string
  /** A complete command, as one would type it. */
  readonly example: string
}

/** Adds a command to a noun, with its example and `--json`. */
export function addCommand(noun: Command, { usage, summary, example }: Usage): Command {
  return noun
    .command(usage)
    .summary(summary)
    .description(`${summary}.`)
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  ${example}`)
}

/** Collects `--scope`, whose value may hold several scope values. */
export function gatherScope(value: string, gathered: readonly string[]): readonly string[] {
  const values = parseScope(value)
  if (!values) throw new WrongUse('--scope must be scope values with one space between them.')
  return [...new Set([...gathered, ...values])]
}

/** Collects an option that may be given more than once. */
export function gather(value: string, gathered: readonly string[]): readonly string[] {
  return gathered.includes(value) ? gathered : [...gathered, value]
}

/**
 * Turns the collector of an option of `add` into one for `set`: `undefined` when the option is not given, and no values
 * when it is empty.
 */
export function replacing<Value>(
  gather: (text: string, gathered: readonly Value[]) => readonly Value[],
): (text: string, gathered?: readonly Value[]) => readonly Value[] {
  return (text, gathered = []) => (text === '' ? gathered : gather(text, gathered))
}

/** Refuses a `set` without an option to change: somebody has forgotten one. */
export function assertNamesSomething(options: object, names: readonly string[]): void {
  if (Object.keys(options).some((name) => name !== 'json')) return
  throw new WrongUse(`Nothing is named that shall change: give one of ${names.join(', ')}.`)
}
