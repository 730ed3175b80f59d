import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** What the derived key is for, so that it is no other derivation's. */
const PURPOSE = 'countersign reuse grace'
const NONCE_LENGTH = 12
const TAG_LENGTH = 16

/** Encrypts a secret under a key that follows from another secret: only whoever shows that one again can read it. */
export function sealSecret(secret: string, under: string): string {
  const nonce = randomBytes(NONCE_LENGTH)
  const cipher = createCipheriv('aes-256-gcm', keyFrom(under), nonce)
  const sealed = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return sealed.toString('base64url')
}

/** Reads what `sealSecret` made under the same secret. Throws for anything else: that is a bug or a meddled row. */
export function unsealSecret(sealed: string, under: string): string {
  const bytes = Buffer.from(sealed, 'base64url')
  const nonce = bytes.subarray(0, NONCE_LENGTH)
  const decipher = createDecipheriv('aes-256-gcm', keyFrom(under), nonce)
  decipher.setAuthTag(bytes.subarray(-TAG_LENGTH))
  const ciphertext = bytes.subarray(NONCE_LENGTH, -TAG_LENGTH)
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
}

function keyFrom(secret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', PURPOSE, 32))
}
