import type { Database } from '../../storage/database.ts'
import { withLock } from '../../storage/lock.ts'
import type { KeyEncryption } from './key-encryption.ts'
import { listSigningKeys, replacePrivateJwe } from './key-store.ts'
import { haveSameKeys } from './rotate-keys.ts'
import type { SigningKey } from './signing-key.ts'

/**
 * How many keys have moved, and which rows stay as they are, because neither secret opens them; or the first key, when
 * that is so of all of them: then the old secret is wrong.
 */
export type ReEncryption =
  | { readonly kind: 're_encrypted'; readonly count: number; readonly left: readonly string[] }
  | { readonly kind: 'wrong_secret'; readonly kid: string }

/** The key-encryption secrets to move between. */
export interface SecretChange {
  readonly from: KeyEncryption
  readonly to: KeyEncryption
}

interface MovedKey {
  readonly kid: string
  readonly jwe: { readonly from: string; readonly to: string }
}

/**
 * Encrypts every private key under another secret, all of them or none. A row that somebody else has put beside ours
 * stays as it is, and keeps ours from nothing. What the new secret opens already stays as it
 * is, so whoever was interrupted can do it again. A server that runs with the old secret goes on signing with the key
 * it holds and does not rotate: start it again with the new one.
 */
export async function reEncryptKeys(db: Database, change: SecretChange): Promise<ReEncryption> {
  for (;;) {
    const seen = await listSigningKeys(db)
    const moved: MovedKey[] = []
    const left: string[] = []
    for (const key of seen) {
      const jwe = await reEncrypted(key, change)
      if (jwe === undefined) left.push(key.kid)
      else if (jwe !== key.privateJwe) moved.push({ kid: key.kid, jwe: { from: key.privateJwe, to: jwe } })
    }
    const [first] = left
    if (first !== undefined && left.length === seen.length) return { kind: 'wrong_secret', kid: first }

    const done = await withLock(db, 'signing-keys', async (transaction) => {
      if (!haveSameKeys(seen, await listSigningKeys(transaction))) return false
      for (const { kid, jwe } of moved) {
        if (!(await replacePrivateJwe(transaction, kid, jwe)))
          throw new Error(`signing key ${kid} has changed`)
      }
      return true
    })
    if (done) return { kind: 're_encrypted', count: moved.length, left }
    // A key was published or removed since we looked: look again.
  }
}

/** The private key under the new secret; the same as it was when that opens it, `undefined` when neither does. */
async function reEncrypted(
  { kid, privateJwe }: SigningKey,
  { from, to }: SecretChange,
): Promise<string | undefined> {
  if (await to.decrypt(kid, privateJwe)) return privateJwe
  const privateJwk = await from.decrypt(kid, privateJwe)
  return privateJwk && to.encrypt(kid, privateJwk)
}
