import { formatScope } from '@countersign/shared'
import type { Resource } from '../../domain/resources/resource.ts'

/** A resource as JSON; `scope` as on the wire (RFC 6749 §3.3). */
export function resourceJson({ audience, scope, introspectors, tokenType }: Resource) {
  return { audience, scope: formatScope(scope), introspectors, token_type: tokenType }
}

/** What a resource knows, and who may ask about its tokens, after "knows" or "with". */
export function resourceInWords({ scope, introspectors }: Resource): string {
  const values = scope.length === 0 ? 'of no values' : formatScope(scope)
  return `the scope ${values}${introspectors.length === 0 ? '' : `; ${introspectors.join(', ')} may ask about its tokens`}`
}
