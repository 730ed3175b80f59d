import { withLock } from '../../storage/lock.ts'
import type { KeyEvent } from './key-event.ts'
import { listSigningKeys, removeKey } from './key-store.ts'
import { followPlan, type RotateKeysDeps } from './rotate-keys.ts'
import { generateSealedKey } from './sealed-key.ts'
import type { SigningKey } from './signing-key.ts'
import { refusedKids, sortKeys } from './sort-keys.ts'

/** What became of a key that nobody shall trust any more. */
export type KeyRevocation =
  | { readonly kind: 'revoked'; readonly events: readonly KeyEvent[] }
  | { readonly kind: 'unknown' }
  /** Our secret opens no key, of which that is the first: nothing has changed. */
  | { readonly kind: 'wrong_secret'; readonly kid: string }

/**
 * Takes a key out of the key set at once: whatever it signed is worth nothing as soon as a verifier's copy is renewed.
 * When it was the active one, the standby signs in its place, which verifiers have already; another standby is published.
 */
export async function revokeKey(deps: RotateKeysDeps, kid: string): Promise<KeyRevocation> {
  const keys = await listSigningKeys(deps.db)
  if (!keys.some((key) => key.kid === kid)) return { kind: 'unknown' }
  return revoke(deps, { keys, kids: [kid] })
}

/**
 * Takes every key out of the key set at once, the standby too, as after a leak of the database: a new one signs, which no
 * verifier has seen. Those that do not ask again for an unknown key refuse our tokens until their copy is old.
 */
export async function revokeAllKeys(deps: RotateKeysDeps): Promise<KeyRevocation> {
  const keys = await listSigningKeys(deps.db)
  return revoke(deps, { keys, kids: keys.map(({ kid }) => kid) })
}

/** What became of keys whose secret was lost. */
export type LostKeysReplacement =
  | { readonly kind: 'replaced'; readonly events: readonly KeyEvent[] }
  /** Our secret opens keys: it is not lost, and nothing has changed. */
  | { readonly kind: 'not_lost' }

/**
 * Removes every key when our secret opens none of them, and lets a new one sign: for whoever has lost the secret, and with
 * it the keys, but not the users and clients.
 */
export async function replaceLostKeys(deps: RotateKeysDeps): Promise<LostKeysReplacement> {
  const keys = await listSigningKeys(deps.db)
  const { wrongSecret } = await sortKeys(deps.encryption, keys)
  if (wrongSecret === undefined) return { kind: 'not_lost' }

  const removal = { kids: keys.map(({ kid }) => kid), refused: new Set<string>() }
  return { kind: 'replaced', events: await removeAndFollow(deps, removal) }
}

async function revoke(
  deps: RotateKeysDeps,
  { keys, kids }: { readonly keys: readonly SigningKey[]; readonly kids: readonly string[] },
): Promise<KeyRevocation> {
  const sorted = await sortKeys(deps.encryption, keys)
  if (sorted.wrongSecret !== undefined) return { kind: 'wrong_secret', kid: sorted.wrongSecret }
  const events = await removeAndFollow(deps, { kids, refused: refusedKids(sorted) })
  return events.length === 0 ? { kind: 'unknown' } : { kind: 'revoked', events }
}

/** Removes keys and does what the plan then asks for, at once. Does nothing when none of them is there any more. */
async function removeAndFollow(
  deps: RotateKeysDeps,
  { kids, refused }: { readonly kids: readonly string[]; readonly refused: ReadonlySet<string> },
): Promise<readonly KeyEvent[]> {
  // Made before anybody waits for us: one to sign should no standby be left, one to be the standby.
  const successors = [await generateSealedKey(deps), await generateSealedKey(deps)]

  return withLock(deps.db, 'signing-keys', async (transaction) => {
    const revoked: KeyEvent[] = []
    for (const kid of kids) {
      if (await removeKey(transaction, kid)) revoked.push({ event: 'key_revoked', kid })
    }
    if (revoked.length === 0) return []
    const { now, policy } = deps
    const events = await followPlan(transaction, { now: now(), policy, successors, refused })
    return [...revoked, ...events]
  })
}
