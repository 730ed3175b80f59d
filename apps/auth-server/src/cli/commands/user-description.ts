import type { Command } from 'commander'
import type { User } from '../../domain/users/user.ts'
import {
  ADDRESS_MEMBERS,
  CLAIM_NAMES,
  claimProblem,
  membershipsProblem,
  parseClaims,
  type UserClaims,
} from '../../domain/users/user-claims.ts'
import { gather, replacing } from '../command.ts'
import { Refusal, WrongUse } from '../output/refusal.ts'

/** The options that say more of a user than the name. */
export interface UserDescriptionOptions {
  /** What is written before and after the first equals sign. */
  readonly claim?: readonly NamedValue[]
  readonly role?: readonly string[]
  readonly group?: readonly string[]
}

interface NamedValue {
  readonly name: string
  readonly value: string
}

/** What `--claim` can name. */
const SETTABLE = CLAIM_NAMES.flatMap((name) =>
  name === 'address' ? ADDRESS_MEMBERS.map((member) => `address.${member}`) : [name],
)

/** The names of these options, for a refusal. */
export const USER_DESCRIPTION_OPTIONS = ['--claim', '--role', '--group']

/** Adds these options to `add` or `set`. */
export function declareUserDescription(command: Command): Command {
  return command
    .option(
      '--claim <name=value>',
      `a claim: ${SETTABLE.join(', ')}; may be repeated, and empty for none`,
      gatherClaim,
    )
    .option(
      '--role <name>',
      'what they may do, for the scope roles; all of them, may be repeated',
      replacing(gather),
    )
    .option(
      '--group <name>',
      'what they belong to, for the scope groups; all of them, may be repeated',
      replacing(gather),
    )
}

/** Collects `--claim`. What is no name and value is wrong use. */
function gatherClaim(text: string, gathered: readonly NamedValue[] = []): readonly NamedValue[] {
  const at = text.indexOf('=')
  if (at < 1) throw new WrongUse('--claim must be a name and a value, like --claim given_name=Alice.')
  return [...gathered, { name: text.slice(0, at), value: text.slice(at + 1) }]
}

/** What options make of the current state. Throws `Refusal` for a value that is not valid. */
export function userDescriptionOf(
  options: UserDescriptionOptions,
  current: Pick<User, 'claims' | 'roles' | 'groups'>,
): Pick<User, 'claims' | 'roles' | 'groups'> {
  refuse('--role', membershipsProblem(options.role ?? []))
  refuse('--group', membershipsProblem(options.group ?? []))
  return {
    claims: claimsOf(options.claim ?? [], current.claims),
    roles: options.role ?? current.roles,
    groups: options.group ?? current.groups,
  }
}

/** Each claim that is named replaces one, or takes it away. The others stay. */
function claimsOf(named: readonly NamedValue[], current: UserClaims): UserClaims {
  const { address: currentAddress, ...others } = current
  const claims = new Map<string, unknown>(Object.entries(others).filter(([name]) => !isOutdated(name, named)))
  const address = new Map<string, unknown>(Object.entries(currentAddress ?? {}))
  for (const { name, value } of named) {
    const member = /^address\.(.*)$/.exec(name)?.[1]
    if (name === 'address' && value === '') address.clear()
    else if (member !== undefined && ADDRESS_MEMBERS.includes(member)) change(address, member, value)
    else if (name !== 'address' && CLAIM_NAMES.includes(name)) change(claims, name, value)
    // The name is not repeated: a person may have written the value first.
    else throw new Refusal(`A --claim is none of those of a user: they are ${SETTABLE.join(', ')}.`)
  }
  if (address.size > 0) claims.set('address', Object.fromEntries(address))
  for (const [name, value] of claims) refuse(`The claim ${name}`, claimProblem(name, value))
  return parseClaims(Object.fromEntries(claims))
}

function change(claims: Map<string, unknown>, name: string, text: string): void {
  if (text === '') claims.delete(name)
  else claims.set(name, name.endsWith('_verified') && /^(true|false)$/.test(text) ? text === 'true' : text)
}

const PROVEN_BY: Readonly<Record<string, string>> = {
  email_verified: 'email',
  phone_number_verified: 'phone_number',
}

/** Whoever has proven one address has not proven the next. */
function isOutdated(name: string, named: readonly NamedValue[]): boolean {
  const proven = PROVEN_BY[name]
  return proven !== undefined && named.some((one) => one.name === proven)
}

function refuse(what: string, problem: string | undefined): void {
  if (problem !== undefined) throw new Refusal(`${what} ${problem}.`)
}
