/** RFC 6749 §3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`. */
const SCOPE_VALUE = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** True for one scope value as RFC 6749 §3.3 defines it: visible ASCII without `"` and `\`. */
export function isScopeValue(text: string): boolean {
  return SCOPE_VALUE.test(text)
}

/**
 * Splits a space-separated scope (RFC 6749 §3.3) into its values, without duplicates, in the order given. Returns
 * `undefined` for an invalid scope: one with a forbidden character, or with more than one space in a row. The empty
 * string has no values.
 */
export function parseScope(text: string): readonly string[] | undefined {
  if (text === '') return []
  const values = text.split(' ')
  return values.every(isScopeValue) ? [...new Set(values)] : undefined
}

/** Joins scope values with one space each (RFC 6749 §3.3). */
export function formatScope(values: readonly string[]): string {
  return values.join(' ')
}
