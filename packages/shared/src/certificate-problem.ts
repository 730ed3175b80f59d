/** What Node.js says of a certificate that no authority it knows has signed. */
const UNKNOWN_AUTHORITY: readonly unknown[] = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]

/**
 * Says of a `fetch` that failed over a certificate nobody knows what an operator can do, as the end of a sentence;
 * `undefined` for every other failure.
 */
export function certificateProblem(error: unknown): string | undefined {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (!UNKNOWN_AUTHORITY.includes(code)) return undefined
  return `its certificate is from an authority that Node.js does not know (${code}): name a file with that authority in NODE_EXTRA_CA_CERTS`
}
