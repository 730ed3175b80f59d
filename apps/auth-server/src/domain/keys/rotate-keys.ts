import type { Clock, Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { withLock } from '../../storage/lock.ts'
import { followPlan, publishKey } from './follow-plan.ts'
import { hastenKey, listSigningKeys, removeKey } from './key-store.ts'
import { nextOf, planRotation, type RotationPolicy } from './plan-rotation.ts'
import { refusedKids, sortKeys } from './prove-keys.ts'
import {
  type EncryptedKeyDeps,
  generateEncryptedKey,
  haveSameKeys,
  type KeyEvent,
  type SigningKey,
} from './signing-key.ts'

export interface RotateKeysDeps extends EncryptedKeyDeps {
  readonly db: Database
  readonly now: Clock
  readonly policy: RotationPolicy
}

/** Our secret opens no key; `kid` names the first. Nothing has changed. */
interface WrongSecret {
  readonly kind: 'wrong_secret'
  readonly kid: string
}

/**
 * Takes the steps that are due and says what it did. Every replica calls this all the time; one of them acts, in one
 * transaction under a lock, and the others find it done. Throws when no key opens with our secret: a replica
 * that still holds the old one must not publish keys that the others cannot read. A row that is no key of ours takes no
 * part: it neither signs next nor keeps ours from doing so.
 */
export async function rotateKeys(deps: RotateKeysDeps): Promise<readonly KeyEvent[]> {
  const seen = await listSigningKeys(deps.db)
  const sorted = await sortKeys(deps.encryption, seen)
  const { proven, wrongSecret } = sorted
  const steps = planRotation(wrongSecret === undefined ? proven : seen, deps.now(), deps.policy)
  if (steps.length === 0) return []

  if (wrongSecret !== undefined) {
    throw new Error(
      `signing key ${wrongSecret} does not open with this AUTH_KEY_ENCRYPTION_SECRET: keys are not rotated until this process is started with the one they are encrypted under`,
    )
  }
  // When the standby begins to sign, another standby is published in the same transaction.
  const publishes = steps.some((step) => step.kind === 'publish' || step.kind === 'activate')
  const successors = publishes ? [await generateEncryptedKey(deps)] : []

  return withLock(deps.db, 'signing-keys', async (transaction) => {
    // Another replica may have rotated or re-encrypted the keys before we had the lock. The next call reads them again.
    if (!haveSameKeys(seen, await listSigningKeys(transaction))) return []
    return followPlan(transaction, deps, { successors, refused: refusedKids(sorted) })
  })
}

/** A rotation that has begun: a key is published, and signs from an instant on, which a running server sees to. */
export type StartedRotation =
  | {
      readonly kind: 'published'
      readonly kid: string
      readonly signsFrom: Seconds
      readonly events: readonly KeyEvent[]
    }
  /** A key was published already: it signs when that was promised, or sooner when that was asked for. */
  | { readonly kind: 'pending'; readonly kid: string; readonly signsFrom: Seconds }
  | WrongSecret

/**
 * How long a key is published before it signs when the operator does not want to wait: two readings of every replica, one a
 * second, and one second more because ours may be almost over. Verifiers with an older key set fetch it again when they
 * see an unknown key.
 */
const MIN_LEAD_SECONDS: Seconds = 3

/** Lets the standby sign as soon as it has been published for the lead; publishes one first where there is none. */
export function startRotation(deps: RotateKeysDeps): Promise<StartedRotation> {
  return start(deps, deps.policy.lead)
}

/** Lets the standby sign at once: verifiers that have fetched the key set since it was published have it already. */
export function rotateNow(deps: RotateKeysDeps): Promise<StartedRotation> {
  return start(deps, Math.min(MIN_LEAD_SECONDS, deps.policy.lead))
}

async function start(deps: RotateKeysDeps, lead: Seconds): Promise<StartedRotation> {
  for (;;) {
    const seen = await listSigningKeys(deps.db)
    const sorted = await sortKeys(deps.encryption, seen)
    if (sorted.wrongSecret !== undefined) return { kind: 'wrong_secret', kid: sorted.wrongSecret }
    const refused = refusedKids(sorted)
    const successor = nextOf(sorted.proven) ? undefined : await generateEncryptedKey(deps)

    const started = await withLock(
      deps.db,
      'signing-keys',
      async (transaction): Promise<StartedRotation | undefined> => {
        const keys = await listSigningKeys(transaction)
        if (!haveSameKeys(seen, keys)) return undefined
        const now = deps.now()
        const next = nextOf(keys.filter(({ kid }) => !refused.has(kid)))
        if (next) {
          const signsFrom = Math.min(next.signsFrom, Math.max(now, next.publishedAt + lead))
          await hastenKey(transaction, next.kid, signsFrom)
          return { kind: 'pending', kid: next.kid, signsFrom }
        }
        if (!successor) return undefined
        const dates = { now, signsFrom: now + lead }
        const event = await publishKey(transaction, successor, dates)
        return { kind: 'published', kid: event.kid, signsFrom: dates.signsFrom, events: [event] }
      },
    )
    if (started) return started
    // The keys were rotated in between: read them again.
  }
}

/** The outcome of revoking a key. */
export type KeyRevocation =
  | { readonly kind: 'revoked'; readonly events: readonly KeyEvent[] }
  | { readonly kind: 'unknown' }
  | WrongSecret

/**
 * Removes a key from the key set at once: a verifier refuses what it signed as soon as it has fetched the key set again.
 * When it was the active one, the standby signs in its place, which verifiers have already; another standby is published.
 */
export async function revokeKey(deps: RotateKeysDeps, kid: string): Promise<KeyRevocation> {
  const keys = await listSigningKeys(deps.db)
  if (!keys.some((key) => key.kid === kid)) return { kind: 'unknown' }
  return revoke(deps, keys, [kid])
}

/**
 * Removes every key from the key set at once, with the standby, as after a leak of the database. A new key signs, which no
 * verifier has seen: those that do not fetch the key set for an unknown key refuse our tokens until their copy expires.
 */
export async function revokeAllKeys(deps: RotateKeysDeps): Promise<KeyRevocation> {
  const keys = await listSigningKeys(deps.db)
  return revoke(deps, keys, kidsOf(keys))
}

/** The outcome of replacing lost keys; `not_lost` when our secret opens keys, and then nothing has changed. */
export type LostKeysReplacement =
  | { readonly kind: 'replaced'; readonly events: readonly KeyEvent[] }
  | { readonly kind: 'not_lost' }

/**
 * Removes every key when our secret opens none of them, and lets a new one sign: for an operator who has lost the secret,
 * and wants to keep users and clients.
 */
export async function replaceLostKeys(deps: RotateKeysDeps): Promise<LostKeysReplacement> {
  const keys = await listSigningKeys(deps.db)
  const { wrongSecret } = await sortKeys(deps.encryption, keys)
  if (wrongSecret === undefined) return { kind: 'not_lost' }
  return { kind: 'replaced', events: await removeAndFollow(deps, kidsOf(keys), new Set()) }
}

function kidsOf(keys: readonly SigningKey[]): readonly string[] {
  return keys.map(({ kid }) => kid)
}

async function revoke(
  deps: RotateKeysDeps,
  keys: readonly SigningKey[],
  kids: readonly string[],
): Promise<KeyRevocation> {
  const sorted = await sortKeys(deps.encryption, keys)
  if (sorted.wrongSecret !== undefined) return { kind: 'wrong_secret', kid: sorted.wrongSecret }
  const events = await removeAndFollow(deps, kids, refusedKids(sorted))
  return events.length === 0 ? { kind: 'unknown' } : { kind: 'revoked', events }
}

/** Removes keys and does what the plan then asks for, at once. Does nothing when none of them is there any more. */
async function removeAndFollow(
  deps: RotateKeysDeps,
  kids: readonly string[],
  refused: ReadonlySet<string>,
): Promise<readonly KeyEvent[]> {
  // Made before the lock is taken: one that signs when no standby is left, and one that is the standby.
  const successors = [await generateEncryptedKey(deps), await generateEncryptedKey(deps)]

  return withLock(deps.db, 'signing-keys', async (transaction) => {
    const revoked: KeyEvent[] = []
    for (const kid of kids) {
      if (await removeKey(transaction, kid)) revoked.push({ event: 'key_revoked', kid })
    }
    if (revoked.length === 0) return []
    return [...revoked, ...(await followPlan(transaction, deps, { successors, refused }))]
  })
}
