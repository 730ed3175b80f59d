import { type IssuerScopeValue, isIssuerScope } from '../../oauth/issuer-scope.ts'
import type { User } from './user.ts'

/** All that may be told of a user, by its name on the wire. An empty list says nothing, and would be in every answer. */
function allClaims(user: User) {
  const { claims, fullName, username, updatedAt, roles, groups } = user
  return {
    ...claims,
    name: fullName,
    preferred_username: username,
    updated_at: updatedAt,
    roles: roles.length > 0 ? roles : undefined,
    groups: groups.length > 0 ? groups : undefined,
  }
}

type ClaimName = keyof ReturnType<typeof allClaims>

/** What each scope value releases (OIDC Core §5.4, RFC 9068 §2.2.3.1). */
const RELEASED: Readonly<Record<IssuerScopeValue, readonly ClaimName[]>> = {
  openid: [],
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
  offline_access: [],
  roles: ['roles'],
  groups: ['groups'],
}

/** The names of all claims about a user: what the metadata lists, and what the parameter `claims` may ask for. */
export const CLAIMS_ABOUT_USERS: readonly string[] = Object.values(RELEASED).flat()

/** The claims about a user that a granted scope releases (OIDC Core §5.4), but those that there is nothing to say of. */
export function claimsFor(user: User, grantedScope: readonly string[]): Readonly<Record<string, unknown>> {
  return claimsNamed(
    user,
    grantedScope.flatMap((value) => (isIssuerScope(value) ? RELEASED[value] : [])),
  )
}

/** The claims about a user with these names, whatever was granted (OIDC Core §5.5), likewise. */
export function claimsNamed(user: User, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(allClaims(user)).filter(([name, value]) => value !== undefined && names.includes(name)),
  )
}
