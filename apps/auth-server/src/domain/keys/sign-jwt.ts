import { sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { Seconds } from '@countersign/shared'
import type { ProvenKey } from './prove-keys.ts'
import { type KeyDates, SIGNING_ALGORITHM } from './signing-key.ts'

/** The active key as a process holds it: decrypted, ready to sign. */
export interface ActiveKey extends Pick<ProvenKey, 'kid' | 'privateKey' | 'publicKey'> {
  readonly activatedAt: Seconds | undefined
  /** Its row promises that it stays published until then. */
  readonly tokensExpireAt: Seconds
}

/** A proven key with the dates of its row. The promise is never shortened: it may have been extended during the reading. */
export function activeKeyOf(
  { kid, privateKey, publicKey }: ProvenKey,
  dates: Pick<KeyDates, 'activatedAt' | 'tokensExpireAt'>,
  held: ActiveKey | undefined,
): ActiveKey {
  const promised = held?.kid === kid ? held.tokensExpireAt : dates.tokensExpireAt
  return {
    kid,
    privateKey,
    publicKey,
    activatedAt: dates.activatedAt,
    tokensExpireAt: Math.max(dates.tokensExpireAt, promised),
  }
}

/** When a JWT with these claims expires; `undefined` when it does not say. */
export function expiryOf(claims: object): Seconds | undefined {
  return 'exp' in claims && typeof claims.exp === 'number' ? claims.exp : undefined
}

/** Given a callback, `sign` runs on the thread pool: on the event loop, RSA would block it for a third of a millisecond. */
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
