import { type KeyObject, verify } from 'node:crypto'
import { AccessTokenError } from './error.ts'

/**
 * Throws `bad_signature` unless this key made the signature over exactly this token (RFC 7515 §5.2), with RSASSA-PKCS1-v1_5
 * and SHA-256 (RS256, RFC 7518 §3.3), whatever its header says. The token has been taken apart before, so its text is
 * ASCII and has three parts; the key is an RSA key, as every key of a key set here.
 */
export function verifySignature(token: string, key: KeyObject): void {
  const end = token.lastIndexOf('.')
  const signed = Buffer.from(token.slice(0, end), 'latin1')
  const signature = Buffer.from(token.slice(end + 1), 'base64url')
  // At once and not on another thread: checking takes 30 microseconds with a key of 2048 bits, and to hand it over and back takes longer.
  if (verify('sha256', signed, key, signature)) return
  throw new AccessTokenError(
    'bad_signature',
    'The signature of this access token does not hold: get a new one.',
    { actual: 'one by another key, or over other content' },
  )
}
