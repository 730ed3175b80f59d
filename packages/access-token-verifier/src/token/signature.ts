import { type KeyObject, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { AccessTokenError } from '../error.ts'
import { MAX_TOKEN_BYTES, type UnverifiedJws } from './parse.ts'

const verifyOnThreadPool = promisify(verify)

/**
 * What is verified on the event loop: a text no longer than an access token, by a key of 2048 bits. That takes some 30
 * microseconds. On the thread pool it takes as long, and waking two threads for each request costs as much again (decision 36).
 * Whatever takes longer would keep other requests waiting: 4096 bits take three times as long, 8192 ten times, an exponent of 32
 * bits twice, and a status list has up to 2 MB to digest.
 */
const QUICK_MODULUS_BITS = 2048
const QUICK_EXPONENT = 65_537n
const QUICK_CHARACTERS: number = MAX_TOKEN_BYTES

/** Whether a key is quick. Node.js asks OpenSSL whenever it is asked, for a tenth of what a verification takes. */
const quickKeys = new WeakMap<KeyObject, boolean>()

/**
 * Finds the key that made the signature of a JWS (RFC 7515 §5.2), with RSASSA-PKCS1-v1_5 and SHA-256 (RS256, RFC 7518 §3.3).
 * Throws or rejects with `bad_signature` when none of the keys did. All keys of our key sets are RSA keys. Only what is slow
 * returns a promise.
 */
export function verifySignature(jws: SignedText, keys: readonly KeyObject[]): KeyObject | Promise<KeyObject> {
  const [key] = keys
  // Of several keys all may be tried, and anybody can send a token without a `kid`: not on the event loop.
  if (!key || keys.length > 1 || jws.signed.length > QUICK_CHARACTERS || !isQuick(key)) {
    return verifyOneByOne(jws, keys)
  }
  if (verify('sha256', Buffer.from(jws.signed, 'latin1'), key, jws.signature)) return key
  throw badSignature()
}

type SignedText = Pick<UnverifiedJws, 'signed' | 'signature'>

async function verifyOneByOne(
  { signed, signature }: SignedText,
  keys: readonly KeyObject[],
): Promise<KeyObject> {
  const bytes = Buffer.from(signed, 'latin1')
  for (const key of keys) {
    // One after the other: a forged token must not occupy all threads at once.
    if (await verifyOnThreadPool('sha256', bytes, key, signature)) return key
  }
  throw badSignature()
}

function isQuick(key: KeyObject): boolean {
  const known = quickKeys.get(key)
  if (known !== undefined) return known
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {}
  const isSmall = modulusLength !== undefined && modulusLength <= QUICK_MODULUS_BITS
  const isQuick = isSmall && publicExponent !== undefined && publicExponent <= QUICK_EXPONENT
  quickKeys.set(key, isQuick)
  return isQuick
}

function badSignature(): AccessTokenError {
  return new AccessTokenError(
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
