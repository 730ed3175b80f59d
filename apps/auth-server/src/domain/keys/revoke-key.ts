import { withLock } from '../../storage/lock.ts'
import type { KeyEvent } from './key-event.ts'
import { listSigningKeys, removeKey } from './key-store.ts'
import { followPlan, type RotateKeysDeps } from './rotate-keys.ts'
import { generateSealedKey } from './sealed-key.ts'
import { refusedKids, sortKeys } from './sort-keys.ts'

/** What became of a key that nobody shall trust any more. */
export type KeyRevocation =
  | { readonly kind: 'revoked'; readonly events: readonly KeyEvent[] }
  | { readonly kind: 'unknown' }
  /** Our secret opens no key, of which that is the first: nothing has changed. */
  | { readonly kind: 'wrong_secret'; readonly kid: string }

/**
 * Takes a key out of the key set at once: whatever it signed is worth nothing as soon as a verifier's copy is renewed.
 * When it was the active one, the pending key signs in its place, or a new one that nobody has seen: security wins over
 * the verifiers that do not ask again for an unknown key before their copy is old.
 */
export async function revokeKey(deps: RotateKeysDeps, kid: string): Promise<KeyRevocation> {
  const keys = await listSigningKeys(deps.db)
  if (!keys.some((key) => key.kid === kid)) return { kind: 'unknown' }
  const sorted = await sortKeys(deps.encryption, keys)
  if (sorted.wrongSecret !== undefined) return { kind: 'wrong_secret', kid: sorted.wrongSecret }
  // Made before anybody waits for us, and thrown away when the revoked one was not signing.
  const successor = await generateSealedKey(deps)

  return withLock(deps.db, 'signing-keys', async (transaction) => {
    if (!(await removeKey(transaction, kid))) return { kind: 'unknown' }
    const events = await followPlan(transaction, {
      now: deps.now(),
      policy: deps.policy,
      successor,
      refused: refusedKids(sorted),
    })
    return { kind: 'revoked', events: [{ event: 'key_revoked', kid }, ...events] }
  })
}
