import { type AccessTokenClaims, isVisibleText, type Seconds } from '@countersign/shared'
import { normalizePassword } from './password-hash.ts'
import type { UserClaims } from './user-claims.ts'

/**
 * A person who can sign in.
 *
 * This folder owns users, their names and passwords, and how often sign-ins may fail. It does not own what a user has
 * opened: disabling and deleting users is in `authorizations`.
 */
export interface User {
  readonly id: string
  readonly username: string
  readonly fullName: string | undefined
  readonly passwordHash: string
  readonly disabled: boolean
  readonly claims: UserClaims
  /** What they may do and belong to, as resource servers read it (RFC 9068 §2.2.3.1). */
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  /** When a name or a claim last changed. */
  readonly updatedAt: Seconds
}

/** A user as an operator sees one. */
export interface UserRecord {
  readonly user: User
  readonly createdAt: Seconds
}

/**
 * What access tokens say of a user, as the granted scope allows. Resource servers decide by it; they need no address and no
 * birthday. All the rest is at `/userinfo`, for the client.
 */
export function claimsAbout(
  { fullName, username, roles, groups }: User,
  grantedScope: readonly string[],
): Pick<AccessTokenClaims, 'name' | 'preferred_username' | 'roles' | 'groups'> {
  const hasProfile = grantedScope.includes('profile')
  return {
    ...(hasProfile && fullName !== undefined && { name: fullName }),
    ...(hasProfile && { preferred_username: username }),
    ...(grantedScope.includes('roles') && roles.length > 0 && { roles }),
    ...(grantedScope.includes('groups') && groups.length > 0 && { groups }),
  }
}

/** Says what keeps a text from being a user name, as the end of a sentence; `undefined` when it is one. */
export function usernameProblem(text: string): string | undefined {
  if (text !== text.trim()) return 'must not begin or end with a space'
  return nameProblem(text)
}

/** Says what keeps a text from being a person's name, as the end of a sentence; `undefined` when it is one. */
export function fullNameProblem(text: string): string | undefined {
  return nameProblem(text)
}

function nameProblem(text: string): string | undefined {
  if (text.length === 0 || text.length > 200) return 'must have 1 to 200 characters'
  // It is part of tokens and shown on terminals and pages, where it must not look like another name.
  if (!isVisibleText(text)) return 'must not hold a control character, nor any other that cannot be seen'
  return undefined
}

/** NIST SP 800-63B §5.1.1.2: a password that a person chooses. */
const MIN_PASSWORD_LENGTH = 8

/** Says what keeps a text from being a new password, as the end of a sentence; `undefined` when it is one. */
export function passwordProblem(text: string): string | undefined {
  const isShort = text !== '' && [...normalizePassword(text)].length < MIN_PASSWORD_LENGTH
  return isShort ? `must have ${MIN_PASSWORD_LENGTH} characters or more` : demoPasswordProblem(text)
}

/** The same for the demo, whose password everybody knows: it may be short. */
export function demoPasswordProblem(text: string): string | undefined {
  if (text.length === 0) return 'must not be empty'
  if (/\p{Cc}/u.test(text)) return 'must not hold a control character'
  // bcrypt reads no further. Without this check every longer password with the same beginning would match.
  if (Buffer.byteLength(normalizePassword(text)) > 72)
    return 'must have at most 72 bytes, which is all that bcrypt reads'
  return undefined
}
