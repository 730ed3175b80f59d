import { splitOption } from './command-line.ts'
import { WrongUse } from './output/refusal.ts'

/** Options people reach for, and that this command line does not have. */
const SECRET_OPTION =
  /^(?:-p|--(?:pass|passwd|password|secret|client-secret|token|access-token|refresh-token)(?:=|$))/i

/** A JWT, whole or with its scheme or header, or a secret that this server mints. */
const SECRET = /^(?:authorization:|(?:bearer\s+)?(?:eyJ[\w-]+\.|(?:cs|rt|ac)_[\w-]{20}))/i

/** What may be a password inside a URL: before the host, or anywhere before an @ where that is not for the web. */
const URL_WITH_PASSWORD = /^(?:https?:\/\/[^/?#]*@|(?!https?:)[a-z][\w+.-]*:\/\/.*@)/is

/** Said to whoever gives one. */
export const SECRETS_ARE_NO_ARGUMENTS =
  'Passwords, secrets and tokens are never arguments, which others on this machine can see: they are asked for, or read from standard input.'

/**
 * Refuses a command line with a password or token in it, before anything is done: others on the machine can see the
 * arguments of a process, and the shell remembers them.
 */
export function refuseSecretArguments(args: readonly string[]): void {
  const texts = args.flatMap((arg) => [arg, splitOption(arg).value ?? ''])
  const isSecret = (text: string) => SECRET.test(text) || URL_WITH_PASSWORD.test(text)
  if (!args.some((arg) => SECRET_OPTION.test(arg)) && !texts.some(isSecret)) return
  throw new WrongUse(SECRETS_ARE_NO_ARGUMENTS)
}
