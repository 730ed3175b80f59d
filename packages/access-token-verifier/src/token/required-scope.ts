import { formatScope, isScopeValue, parseScope } from '@countersign/shared'
import { AccessTokenError } from '../error.ts'

/** What a request needs besides a valid token. */
export interface AccessRequirement {
  /** Scope values, as a list or separated by spaces; the token must have all of them. */
  readonly scope?: string | readonly string[]
}

/** Reads a requirement's scope. A text that is no scope is the caller's mistake: `TypeError`. */
export function parseRequiredScope({ scope = [] }: AccessRequirement): readonly string[] {
  const values = typeof scope === 'string' ? parseScope(scope) : scope
  if (values?.every(isScopeValue)) return values
  throw new TypeError('The required scope must be scope values separated by one space (RFC 6749 §3.3).')
}

/** Throws `insufficient_scope` unless what was granted has every scope value (RFC 6750 §3.1). */
export function assertScope(granted: readonly string[], requiredScope: readonly string[]): void {
  if (requiredScope.every((value) => granted.includes(value))) return
  const expected = formatScope(requiredScope)
  throw new AccessTokenError(
    'insufficient_scope',
    `This request needs the scope ${expected}: ask for an access token that has it.`,
    { expected, actual: formatScope(granted), requiredScope },
  )
}
