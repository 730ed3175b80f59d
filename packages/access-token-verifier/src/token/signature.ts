import { type KeyObject, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { AccessTokenError } from '../error.ts'

/**
 * With a callback, and so on the thread pool. With a key of 2048 bits a verification takes 30 microseconds. On the event
 * loop it would delay the answers to other requests (decision 13).
 */
const verifyOnThreadPool = promisify(verify)

/**
 * Finds the key that made the signature over exactly this text (RFC 7515 §5.2), with RSASSA-PKCS1-v1_5 and SHA-256 (RS256,
 * RFC 7518 §3.3). Throws `bad_signature` when none of the keys did. The token was parsed before, so its text is ASCII and
 * has three parts. All keys of our key sets are RSA keys.
 */
export async function verifySignature(token: string, keys: readonly KeyObject[]): Promise<KeyObject> {
  const end = token.lastIndexOf('.')
  const signed = Buffer.from(token.slice(0, end), 'latin1')
  const signature = Buffer.from(token.slice(end + 1), 'base64url')
  for (const key of keys) {
    // One after the other: a forged token must not occupy all threads at once.
    if (await verifyOnThreadPool('sha256', signed, key, signature)) return key
  }
  throw new AccessTokenError(
    'bad_signature',
    'The signature of this access token does not hold: get a new one.',
    { actual: 'one by another key, or over other content' },
  )
}

/** Writes and signs a compact JWS with RS256 (RFC 7515 §7.1). For issuers in tests; a verifier never signs. */
export function signJws(header: object, payload: object, privateKey: KeyObject): string {
  return signText(`${encodePart(header)}.${encodePart(payload)}`, privateKey)
}

/** Signs any text as if it were the header and payload of a JWS. */
export function signText(text: string, privateKey: KeyObject): string {
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`
}

/** One part of a JWS: a value as JSON in base64url. */
export function encodePart(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
