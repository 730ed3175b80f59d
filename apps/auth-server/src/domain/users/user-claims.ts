import { isVisibleText } from '@countersign/shared'
import { httpsProblem } from '../../oauth/web-address.ts'

/**
 * What an operator says of a user besides the name: standard claims (OIDC Core §5.1), with their names on the wire, as the
 * one column holds them. `name`, `preferred_username`, `sub` and `updated_at` have columns of their own.
 */
export interface UserClaims {
  readonly given_name?: string
  readonly family_name?: string
  readonly middle_name?: string
  readonly nickname?: string
  readonly profile?: string
  readonly picture?: string
  readonly website?: string
  readonly email?: string
  readonly email_verified?: boolean
  readonly gender?: string
  readonly birthdate?: string
  readonly zoneinfo?: string
  readonly locale?: string
  readonly phone_number?: string
  readonly phone_number_verified?: boolean
  readonly address?: Address
}

/** OIDC Core §5.1.1. */
export interface Address {
  readonly formatted?: string
  readonly street_address?: string
  readonly locality?: string
  readonly region?: string
  readonly postal_code?: string
  readonly country?: string
}

/** Says what is wrong with the value of a claim, as the end of a sentence; `undefined` when nothing is. */
type Rule = (value: unknown) => string | undefined

const RULES: Readonly<Record<keyof UserClaims, Rule>> = {
  given_name: text(lineProblem),
  family_name: text(lineProblem),
  middle_name: text(lineProblem),
  nickname: text(lineProblem),
  profile: text(httpsProblem),
  picture: text(httpsProblem),
  website: text(httpsProblem),
  email: text(emailProblem),
  email_verified: booleanProblem,
  gender: text(lineProblem),
  birthdate: text(birthdateProblem),
  zoneinfo: text(timeZoneProblem),
  locale: text(localeProblem),
  phone_number: text(phoneNumberProblem),
  phone_number_verified: booleanProblem,
  address: addressProblem,
}

const ADDRESS_RULES: Readonly<Record<keyof Address, Rule>> = {
  formatted: text(linesProblem),
  street_address: text(linesProblem),
  locality: text(lineProblem),
  region: text(lineProblem),
  postal_code: text(lineProblem),
  country: text(lineProblem),
}

/** The names of all claims an operator can set, in the order of OIDC Core §5.1. */
export const CLAIM_NAMES: readonly string[] = Object.keys(RULES)

/** The members of `address`. */
export const ADDRESS_MEMBERS: readonly string[] = Object.keys(ADDRESS_RULES)

/** Says what keeps a value from being that of a claim, as the end of a sentence; `undefined` when nothing does. */
export function claimProblem(name: string, value: unknown): string | undefined {
  const rule = ruleOf(RULES, name)
  return rule ? rule(value) : `is no claim of a user: they are ${CLAIM_NAMES.join(', ')}`
}

/** Reads the claims of a user from a stored object, without anything that is none. */
export function parseClaims(stored: Readonly<Record<string, unknown>>): UserClaims {
  return Object.fromEntries(
    Object.entries(stored).filter(([name, value]) => claimProblem(name, value) === undefined),
  ) as UserClaims
}

/** Says what keeps texts from being the roles or the groups of a user, as the end of a sentence. */
export function membershipsProblem(names: readonly string[]): string | undefined {
  if (names.length > 100) return 'must be 100 at most'
  if (new Set(names).size < names.length) return 'must not have one twice'
  const isName = (one: string) =>
    one === one.trim() && isVisibleText(one) && [...one].length <= 64 && one !== ''
  return names.every(isName)
    ? undefined
    : 'must each have 1 to 64 visible characters, without a space at the ends'
}

/** By an own member only: `constructor` is no claim. */
function ruleOf(rules: Readonly<Record<string, Rule>>, name: string): Rule | undefined {
  return Object.hasOwn(rules, name) ? rules[name] : undefined
}

function text(problemOf: (text: string) => string | undefined): Rule {
  return (value) => (typeof value === 'string' ? problemOf(value) : 'must be a text')
}

function booleanProblem(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'must be true or false'
}

function lineProblem(value: string): string | undefined {
  if (value.length === 0 || value.length > 200) return 'must have 1 to 200 characters'
  return isVisibleText(value)
    ? undefined
    : 'must not hold a control character, nor any other that cannot be seen'
}

/** OIDC Core §5.1.1: these two may have several lines. */
function linesProblem(value: string): string | undefined {
  if (value.length === 0 || value.length > 1000) return 'must have 1 to 1000 characters'
  return isVisibleText(value.replaceAll(/\r?\n/g, ''))
    ? undefined
    : 'must not hold a control character but line breaks, nor any other that cannot be seen'
}

/** The addr-spec of RFC 5322 §3.4.1 as it occurs: no quotes, no comments. */
function emailProblem(value: string): string | undefined {
  const [local = '', domain = '', ...more] = value.split('@')
  const isAddress =
    value.length <= 254 &&
    more.length === 0 &&
    isVisibleText(value) &&
    !/[\s"(),:;<>[\\\]]|^\.|\.$|\.\./.test(local) &&
    local !== '' &&
    /^[\p{L}\p{N}\p{M}]([\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?(\.[\p{L}\p{N}\p{M}]([\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?)*$/u.test(
      domain,
    )
  return isAddress ? undefined : 'must be an email address'
}

/** OIDC Core §5.1: a date, with the year 0000 when that is not told, or a year alone. */
function birthdateProblem(value: string): string | undefined {
  if (/^\d{4}$/.test(value) && value !== '0000') return undefined
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(value) && isCalendarDate(value)
  return isDate ? undefined : 'must be YYYY-MM-DD, 0000-MM-DD or YYYY'
}

/** The year 0000 is a leap year, so that it has every birthday. */
function isCalendarDate(value: string): boolean {
  const date = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(date.valueOf()) && date.toISOString().startsWith(value)
}

function timeZoneProblem(value: string): string | undefined {
  const problem = 'must be a time zone like Europe/Paris'
  // An offset is none: it is no name of the time zone database.
  if (!/^[A-Za-z][\w+/-]*$/.test(value)) return problem
  try {
    new Intl.DateTimeFormat('en', { timeZone: value })
    return undefined
  } catch {
    return problem
  }
}

function localeProblem(value: string): string | undefined {
  try {
    Intl.getCanonicalLocales(value)
    return value.length <= 64 ? undefined : 'must have 64 characters at most'
  } catch {
    return 'must be a language tag like en or pt-BR'
  }
}

/** OIDC Core §5.1: E.164, written as people write it, or as RFC 3966 §5.1 does with an extension. */
function phoneNumberProblem(value: string): string | undefined {
  const digits = value.replace(/;ext=.*$/s, '').replaceAll(/\D/g, '').length
  const isNumber = /^\+[0-9][0-9 ().-]*[0-9](;ext=[0-9]{1,10})?$/.test(value) && digits >= 3 && digits <= 15
  return isNumber && value.length <= 50 ? undefined : 'must be a phone number like +1 425 555 1212'
}

function addressProblem(value: unknown): string | undefined {
  const entries =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
  if (entries.length === 0) return `must have some of ${ADDRESS_MEMBERS.join(', ')}`
  for (const [name, member] of entries) {
    const rule = ruleOf(ADDRESS_RULES, name)
    if (!rule) return `has a member nobody knows: they are ${ADDRESS_MEMBERS.join(', ')}`
    const problem = rule(member)
    if (problem !== undefined) return `has a ${name} that ${problem}`
  }
  return undefined
}
