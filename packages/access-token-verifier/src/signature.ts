import { type CryptoKey, compactVerify, errors } from 'jose'
import { AccessTokenError } from './error.ts'

/** Throws `bad_signature` unless this key made the signature over exactly this token (RFC 7515 §5.2). */
export async function verifySignature(token: string, key: CryptoKey): Promise<void> {
  try {
    await compactVerify(token, key, { algorithms: ['RS256'] })
  } catch (cause) {
    if (!(cause instanceof errors.JOSEError)) throw cause
    throw new AccessTokenError(
      'bad_signature',
      'The signature of this access token does not hold: get a new one.',
      { actual: 'one by another key, or over other content', cause },
    )
  }
}
