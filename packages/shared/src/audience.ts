/** RFC 3986: the scheme, then only characters that a URI may contain. */
const ABSOLUTE_URI = /^[A-Za-z][A-Za-z0-9+.-]*:[!#$%&'()*+,./0-9:;=?@A-Z[\]_a-z~-]+$/

/**
 * Says why a text is not a valid audience, as the end of a sentence; `undefined` when it is one. An audience is an
 * absolute URI without a fragment (RFC 8707 §2). It is compared character by character.
 */
export function audienceProblem(text: string): string | undefined {
  if (text.includes('#')) return 'must not have a fragment (#…)'
  if (!ABSOLUTE_URI.test(text) || !URL.canParse(text)) {
    return 'is not an absolute URI: write it like https://api.example.com'
  }
  return undefined
}
