import { WrongUse } from './refusal.ts'

/** Options people reach for, and that this command line does not have. */
const SECRET_OPTION =
  /^(?:-p|--(?:pass|passwd|password|secret|client-secret|token|access-token|refresh-token)(?:=|$))/i

/** A JWT, whole or with its scheme, or a secret that this server mints. */
const SECRET = /^(?:bearer\s+)?(?:eyJ[\w-]+\.|(?:cs|rt|ac)_[\w-]{20})/i

/** The commands that read a secret, and how many words each takes. */
const READS_SECRET: readonly (readonly string[])[] = [
  ['users', 'add'],
  ['users', 'set-password'],
]

/**
 * Refuses a command line with a password or token in it, before anything repeats it: others on the machine can see the
 * arguments of a process, and the shell remembers them.
 */
export function refuseSecretArguments(args: readonly string[]): void {
  const [noun, verb, , extra] = args
  const reads = READS_SECRET.some(([n, v]) => n === noun && v === verb)
  const guessed = reads && extra !== undefined && !extra.startsWith('-')
  if (!guessed && !args.some((arg) => SECRET_OPTION.test(arg) || SECRET.test(arg))) return
  throw new WrongUse(
    'Passwords, secrets and tokens are never arguments, which others on this machine can see: they are asked for, or read from standard input.',
  )
}
