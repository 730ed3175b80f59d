import { type KeyObject, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { AccessTokenError } from '../error.ts'

/**
 * With a callback, and so on the thread pool. The 30 microseconds it takes with a key of 2048 bits are soon over; but done
 * on the event loop they would stand between any two answers (decision 13).
 */
const verifyOnThreadPool = promisify(verify)

/**
 * The one of these keys that made the signature over exactly this token (RFC 7515 §5.2), with RSASSA-PKCS1-v1_5 and SHA-256
 * (RS256, RFC 7518 §3.3), whatever its header says; throws `bad_signature` when none did. The token has been taken apart
 * before, so its text is ASCII and has three parts; the keys are RSA keys, as every key of a key set here.
 */
export async function verifySignature(token: string, keys: readonly KeyObject[]): Promise<KeyObject> {
  const end = token.lastIndexOf('.')
  const signed = Buffer.from(token.slice(0, end), 'latin1')
  const signature = Buffer.from(token.slice(end + 1), 'base64url')
  for (const key of keys) {
    // One after the other: a forged token must not take all the threads at once.
    if (await verifyOnThreadPool('sha256', signed, key, signature)) return key
  }
  throw new AccessTokenError(
    'bad_signature',
    'The signature of this access token does not hold: get a new one.',
    { actual: 'one by another key, or over other content' },
  )
}
