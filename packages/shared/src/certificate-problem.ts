/** The error codes of Node.js for a certificate that no known authority has signed. */
const UNKNOWN_AUTHORITY: readonly unknown[] = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]

/**
 * When a `fetch` failed because no known authority has signed the certificate, says what an operator can do, as the end
 * of a sentence; `undefined` for every other failure.
 */
export function certificateProblem(error: unknown): string | undefined {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (!UNKNOWN_AUTHORITY.includes(code)) return undefined
  return `its certificate is from an authority that Node.js does not know (${code}): name a file with that authority in NODE_EXTRA_CA_CERTS`
}
