import { type KeyObject, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { AccessTokenError } from './error.ts'

/**
 * With a callback, and so on the thread pool. The 30 microseconds it takes with a key of 2048 bits are soon over; but done
 * on the event loop they would stand between any two answers (decision 13).
 */
const verifyOnThreadPool = promisify(verify)

/**
 * Throws `bad_signature` unless this key made the signature over exactly this token (RFC 7515 §5.2), with RSASSA-PKCS1-v1_5
 * and SHA-256 (RS256, RFC 7518 §3.3), whatever its header says. The token has been taken apart before, so its text is
 * ASCII and has three parts; the key is an RSA key, as every key of a key set here.
 */
export async function verifySignature(token: string, key: KeyObject): Promise<void> {
  const end = token.lastIndexOf('.')
  const signed = Buffer.from(token.slice(0, end), 'latin1')
  const signature = Buffer.from(token.slice(end + 1), 'base64url')
  if (await verifyOnThreadPool('sha256', signed, key, signature)) return
  throw new AccessTokenError(
    'bad_signature',
    'The signature of this access token does not hold: get a new one.',
    { actual: 'one by another key, or over other content' },
  )
}
