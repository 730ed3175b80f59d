import { splitOption } from './command-line.ts'
import { WrongUse } from './output/refusal.ts'

/** Options that people expect, but that this command line does not have. */
const SECRET_OPTION =
  /^(?:-p|--(?:pass|passwd|password|secret|client-secret|token|access-token|refresh-token)(?:=|$))/i

/** A JWT, alone or with its scheme or header, or a secret that this server makes. */
const SECRET = /^(?:authorization:|(?:bearer\s+)?(?:eyJ[\w-]+\.|(?:cs|rt|ac)_[\w-]{20}))/i

/** What may be a password inside a URL: text before the host, or before any @ when the URL is not http or https. */
const URL_WITH_PASSWORD = /^(?:https?:\/\/[^/?#]*@|(?!https?:)[a-z][\w+.-]*:\/\/.*@)/is

/** The message for an argument that is a secret. */
export const SECRETS_ARE_NO_ARGUMENTS =
  'Passwords, secrets and tokens are never arguments, which others on this machine can see: they are asked for, or read from standard input.'

/**
 * Refuses a command line that contains a password or token, before anything is done: others on the machine can see the
 * arguments of a process, and the shell keeps them in its history.
 */
export function refuseSecretArguments(args: readonly string[]): void {
  const texts = args.flatMap((arg) => [arg, splitOption(arg).value ?? ''])
  const isSecret = (text: string) => SECRET.test(text) || URL_WITH_PASSWORD.test(text)
  if (!args.some((arg) => SECRET_OPTION.test(arg)) && !texts.some(isSecret)) return
  throw new WrongUse(SECRETS_ARE_NO_ARGUMENTS)
}
