import { CommanderError } from 'commander'
import { createProgram } from './program.ts'
import { Refusal, WrongUse } from './refusal.ts'
import { refuseSecretArguments } from './secret-arguments.ts'
import type { Terminal } from './terminal.ts'

/** The exit codes: done, refused with one sentence, wrong use. */
const DONE = 0
const REFUSED = 1
const WRONG_USE = 2

/** Errors of the server's own that are written for the operator; by name, so that nothing has to be loaded to know them. */
const FOR_OPERATOR: readonly string[] = ['ConfigError', 'StartRefused']

/** Runs one command line and returns its exit code. A bug is printed with its stack. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    refuseSecretArguments(args)
    await createProgram(terminal).parseAsync(args, { from: 'user' })
    return DONE
  } catch (error) {
    return exitCodeOf(error, terminal, args)
  }
}

function exitCodeOf(error: unknown, { note }: Terminal, args: readonly string[]): number {
  // commander has printed its sentence, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USE
  if (error instanceof WrongUse) {
    const words = args.slice(0, 2).filter((word) => /^[a-z-]+$/.test(word))
    note(`${error.message} See \`${['auth', ...words, '--help'].join(' ')}\`.\n`)
    return WRONG_USE
  }
  note(`${sentenceOf(error)}\n`)
  return REFUSED
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof Refusal || FOR_OPERATOR.includes(error.name)) return error.message
  if (error.name === 'DatabaseUnavailable' && 'because' in error) {
    return `The database cannot be used at the moment: ${String(error.because)}.`
  }
  return error.stack ?? error.message
}
