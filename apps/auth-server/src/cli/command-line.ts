import { WrongUse } from './output/refusal.ts'

/** A parsed command line: options may stand before, between and after the words. */
export interface CommandLine {
  /** The noun, the verb and its arguments. */
  readonly words: readonly string[]
  /** Each option as one text, with its value after a `=`. */
  readonly options: readonly string[]
  readonly asksForHelp: boolean
}

const HELP: readonly string[] = ['-h', '--help']

/**
 * Every option, and whether it takes a value. An option means the same in every command, so words and values can be
 * told apart before the command is known, and only the noun of that command is loaded.
 */
export const TAKES_VALUE: ReadonlyMap<string, boolean> = new Map([
  ...[
    '--audience',
    '--backchannel-logout-uri',
    '--claim',
    '--describe',
    '--full-name',
    '--grant',
    '--group',
    '--introspector',
    '--issuer',
    '--jwks',
    '--keep-old',
    '--logo-uri',
    '--name',
    '--password-hash',
    '--post-logout-redirect-uri',
    '--redirect-uri',
    '--role',
    '--scope',
    '--token-type',
  ].map((flag) => [flag, true] as const),
  ...[
    ...HELP,
    '--all',
    '--first-party',
    '--json',
    '--lost-secret',
    '--no-first-party',
    '--now',
    '--public',
    '--version',
  ].map((flag) => [flag, false] as const),
])

/**
 * Parses a command line. `--` ends its options. Throws `WrongUse` for an option that no command has, or an option whose
 * value is missing. The message repeats only the names of our own options: anything else that was typed may be a
 * secret.
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
    // Only the value that follows an option is removed from the words.
    const following = value === undefined ? args[++index] : undefined
    if (following !== undefined && isOption(following)) throw valueMissing(flag)
    const given = value ?? following
    if (given === undefined) throw valueMissing(flag)
    options.push(`${flag}=${given}`)
  }

  // People also type `auth help users add` and `auth users help add`. No noun and no verb is named `help`.
  const helpAt = words.slice(0, 2).indexOf('help')
  return {
    words: words.toSpliced(helpAt, helpAt < 0 ? 0 : 1),
    options: options.filter((option) => !HELP.includes(option)),
    asksForHelp: helpAt >= 0 || options.some((option) => HELP.includes(option)),
  }
}

/** Splits an option into its flag and its value. */
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
