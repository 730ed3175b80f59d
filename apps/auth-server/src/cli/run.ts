import { CommanderError } from 'commander'
import { type CommandLine, parseCommandLine } from './command-line.ts'
import { assertFits, findCommand, nameOfCommand } from './find-command.ts'
import { sentenceOf } from './output/error-sentence.ts'
import { WrongUse } from './output/refusal.ts'
import type { Terminal } from './output/terminal.ts'
import { loadProgram } from './program.ts'
import { refuseSecretArguments } from './secret-arguments.ts'

/** The exit codes: 0 for done, 1 for refused with one sentence, 2 for wrong use. */
const DONE = 0
const REFUSED = 1
const WRONG_USE = 2

/** Runs one command line and returns its exit code. A bug is printed with its stack. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    refuseSecretArguments(args)
    return await execute(parseCommandLine(args), terminal)
  } catch (error) {
    if (!(error instanceof WrongUse || error instanceof CommanderError)) {
      terminal.note(`${sentenceOf(error)}\n`)
      return REFUSED
    }
    const sentence = error instanceof WrongUse ? error.message : 'The command is not written as it must be.'
    const words = args.filter((arg) => !arg.startsWith('-'))
    const program = await loadProgram(terminal, words.slice(0, 1))
    terminal.note(`${sentence} See \`${nameOfCommand(findCommand(program, words).command)} --help\`.\n`)
    return WRONG_USE
  }
}

async function execute(line: CommandLine, terminal: Terminal): Promise<number> {
  const { words, options, asksForHelp } = line
  if (words.length === 0 && options.length === 1 && options[0] === '--version' && terminal.version) {
    terminal.print(`${terminal.version()}\n`)
    return DONE
  }
  const program = await loadProgram(terminal, words.slice(0, 1))
  const found = findCommand(program, words)
  const { command, rest } = found
  const isNoun = command.commands.length > 0
  if (asksForHelp && !(isNoun && rest.length > 0)) {
    command.outputHelp()
    return DONE
  }
  if (isNoun && rest.length === 0) {
    command.outputHelp({ error: true })
    return WRONG_USE
  }

  assertFits(found, line)
  noteCommas(line, terminal)
  await command.parseAsync([...options, '--', ...rest], { from: 'user' })
  return DONE
}

/**
 * RFC 6749 §3.3: a scope value may contain a comma. It is accepted as a part of the value, but was most likely meant to
 * separate two values.
 */
function noteCommas({ options }: CommandLine, { note }: Terminal): void {
  if (!options.some((option) => option.startsWith('--scope=') && option.includes(','))) return
  note('Note: the comma is a part of the scope value: separate values by spaces, or repeat --scope.\n')
}
