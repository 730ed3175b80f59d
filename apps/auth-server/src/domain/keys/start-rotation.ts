import type { Seconds } from '@countersign/shared'
import { withLock } from '../../storage/lock.ts'
import type { KeyEvent } from './key-event.ts'
import { hastenKey, listSigningKeys } from './key-store.ts'
import { nextOf } from './plan-rotation.ts'
import { haveSameKeys, publishKey, type RotateKeysDeps } from './rotate-keys.ts'
import { generateSealedKey } from './sealed-key.ts'
import { refusedKids, sortKeys } from './sort-keys.ts'

/** A rotation that has begun: a key is published, and from when on it signs. A running server lets it. */
export type StartedRotation =
  | {
      readonly kind: 'published'
      readonly kid: string
      readonly signsFrom: Seconds
      readonly events: readonly KeyEvent[]
    }
  /** A key was published already: it signs when that was promised, or sooner when that was asked for. */
  | { readonly kind: 'pending'; readonly kid: string; readonly signsFrom: Seconds }
  /** Our secret opens no key, of which that is the first: nothing has changed. */
  | { readonly kind: 'wrong_secret'; readonly kid: string }

/**
 * How long a key is published before it signs when an operator is in a hurry: every replica reads its ring once a
 * second, so two reads, and one more because a second on our clock may be almost over. Verifiers that have an older key
 * set ask again when they see a key they do not know.
 */
const SHORTEST_LEAD: Seconds = 3

/** Lets the standby sign as soon as it has been published for the lead; publishes one first where there is none. */
export function startRotation(deps: RotateKeysDeps): Promise<StartedRotation> {
  return start(deps, deps.policy.lead)
}

/** Lets the standby sign at once: whoever has fetched the key set since it was published has it already. */
export function rotateNow(deps: RotateKeysDeps): Promise<StartedRotation> {
  return start(deps, Math.min(SHORTEST_LEAD, deps.policy.lead))
}

async function start(deps: RotateKeysDeps, lead: Seconds): Promise<StartedRotation> {
  for (;;) {
    const seen = await listSigningKeys(deps.db)
    const sorted = await sortKeys(deps.encryption, seen)
    if (sorted.wrongSecret !== undefined) return { kind: 'wrong_secret', kid: sorted.wrongSecret }
    const refused = refusedKids(sorted)
    const successor = nextOf(sorted.proven) ? undefined : await generateSealedKey(deps)

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
        const signsFrom = now + lead
        const event = await publishKey(transaction, successor, { now, signsFrom })
        return { kind: 'published', kid: successor.kid, signsFrom, events: [event] }
      },
    )
    if (started) return started
    // The server has turned the keys since we looked: look again.
  }
}
