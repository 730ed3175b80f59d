import { WrongUse } from './output/refusal.ts'

/** A command line taken apart: options may stand before, between and after the words. */
export interface CommandLine {
  /** The noun, the verb and its arguments. */
  readonly words: readonly string[]
  /** Each option as one text, its value after a `=`. */
  readonly options: readonly string[]
  readonly asksForHelp: boolean
}

const HELP: readonly string[] = ['-h', '--help']

/**
 * Every option there is, and whether it takes a value. That is the same in every command, so that words and values can
 * be told apart before the command is known, and only its noun has to be loaded.
 */
export const TAKES_VALUE: ReadonlyMap<string, boolean> = new Map([
  ...[
    '--audience',
    '--full-name',
    '--grant',
    '--introspector',
    '--issuer',
    '--jwks',
    '--keep-old',
    '--name',
    '--password-hash',
    '--scope',
    '--token-type',
  ].map((flag) => [flag, true] as const),
  ...[...HELP, '--all', '--json', '--lost-secret', '--now', '--public', '--version'].map(
    (flag) => [flag, false] as const,
  ),
])

/**
 * Takes a command line apart; `--` ends its options. Throws `WrongUse` for an option that no command has, or one with
 * its value missing. Nothing that was typed is repeated but the names of our own options: the rest may be a secret.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const words: string[] = []
  const options: string[] = []

  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? ''
    if (arg === '--') {
      words.push(...args.slice(index + 1))
      break
    }
    if (arg === '-' || !arg.startsWith('-')) {
      words.push(arg)
      continue
    }
    const { flag, value } = splitOption(arg)
    const takes = TAKES_VALUE.get(flag)
    if (takes === undefined) {
      throw new WrongUse(
        `Word ${index + 1} is an option that \`auth\` does not have: an argument that begins with - comes after --.`,
      )
    }
    if (!takes) {
      if (value !== undefined) throw new WrongUse(`The option ${flag} takes no value.`)
      options.push(flag)
      continue
    }
    // Only a value that follows its option is taken from the words.
    const following = value === undefined ? args[++index] : undefined
    if (following !== undefined && isOption(following)) throw valueMissing(flag)
    const given = value ?? following
    if (given === undefined) throw valueMissing(flag)
    options.push(`${flag}=${given}`)
  }

  // `auth help users add` and `auth users help add` are what people type as well; no noun and no verb is called so.
  const helpAt = words.slice(0, 2).indexOf('help')
  return {
    words: words.toSpliced(helpAt, helpAt < 0 ? 0 : 1),
    options: options.filter((option) => !HELP.includes(option)),
    asksForHelp: helpAt >= 0 || options.some((option) => HELP.includes(option)),
  }
}

/** The option without its value, and that. */
export function splitOption(option: string): { readonly flag: string; readonly value?: string } {
  const at = option.startsWith('--') ? option.indexOf('=') : -1
  return at < 0 ? { flag: option } : { flag: option.slice(0, at), value: option.slice(at + 1) }
}

function isOption(arg: string): boolean {
  return arg === '--' || TAKES_VALUE.has(splitOption(arg).flag)
}

function valueMissing(flag: string): WrongUse {
  return new WrongUse(`The option ${flag} needs a value.`)
}
