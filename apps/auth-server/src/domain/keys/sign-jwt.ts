import { sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { ActiveKey } from './active-key.ts'
import { SIGNING_ALGORITHM } from './signing-key.ts'

/** With a callback, and so on the thread pool: in it, RSA would stop the event loop for a third of a millisecond. */
const signOnThreadPool = promisify(sign)

/**
 * Signs claims as a JWT of the given type, in the compact form (RFC 7515 §7.1): by node:crypto, because jose copies,
 * encodes and checks again what we have just made (decision 12). Reading what others sent stays with jose.
 */
export async function signJwt(
  { kid, privateKey }: Pick<ActiveKey, 'kid' | 'privateKey'>,
  type: string,
  claims: object,
): Promise<string> {
  const input = `${encodePart({ alg: SIGNING_ALGORITHM, typ: type, kid })}.${encodePart(claims)}`
  // RS256 (RFC 7518 §3.3): SHA-256, and PKCS #1 v1.5 padding, which is what an RSA key signs with unless told otherwise.
  const signature = await signOnThreadPool('sha256', Buffer.from(input), privateKey)
  return `${input}.${signature.toString('base64url')}`
}

function encodePart(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
