/**
 * The scope values of this server itself (OIDC Core §5.4, §11): they ask for claims about a user, an ID token, or refresh
 * tokens that outlive the session. Every audience knows them, so that no resource has to be told of them. They are about a
 * user: a client that acts for itself gets one only where a resource knows it by the same name.
 */
export const ISSUER_SCOPE = [
  'openid',
  'profile',
  'email',
  'address',
  'phone',
  'offline_access',
  'roles',
  'groups',
] as const

export type IssuerScopeValue = (typeof ISSUER_SCOPE)[number]

/** True for a scope value that every audience knows. */
export function isIssuerScope(value: string): value is IssuerScopeValue {
  return ISSUER_SCOPE.some((one) => one === value)
}
