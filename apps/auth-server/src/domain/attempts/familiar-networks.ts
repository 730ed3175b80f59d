import type { Clock, Seconds } from '@countersign/shared'
import QuickLRU from 'quick-lru'
import { hashSecret } from '../../oauth/secret.ts'
import type { Database } from '../../storage/database.ts'
import { type FamiliarNetwork, findFamiliarNetwork, saveFamiliarNetwork } from './familiar-network-store.ts'

/** A subject is a stranger on a network where it has not authenticated for this long. */
export const FAMILIAR_LIFETIME_SECONDS: Seconds = 90 * 86_400

/** A row is written again when it is older than this, not with every sign-in. */
const RENEWAL_AGE_SECONDS: Seconds = 7 * 86_400

/** How far ahead the clock of another replica may be. */
const MAX_CLOCK_LEAD_SECONDS: Seconds = 3600

/** How many rows a process keeps in memory. */
const MAX_CACHED_NETWORKS = 100_000

const SLOTS_PER_SUBJECT = 256

/** The networks from which each subject has authenticated: others' failures do not make it wait there. */
export interface FamiliarNetworks {
  readonly knows: (subject: string, network: string) => Promise<boolean>
  readonly remember: (subject: string, network: string) => Promise<void>
}

/**
 * Remembers them in the database, for every replica and over a restart, and in this process, so that a row is read once
 * and written once a week.
 */
export function createFamiliarNetworks({
  db,
  now,
}: {
  readonly db: Database
  readonly now: Clock
}): FamiliarNetworks {
  // A QuickLRU keeps up to twice its `maxSize`.
  const known = new QuickLRU<string, Seconds>({ maxSize: MAX_CACHED_NETWORKS / 2 })
  // A clock that was wrong has written an instant in the future; a network must not be familiar for years because of it.
  const ageOf = (seenAt: Seconds) =>
    seenAt > now() + MAX_CLOCK_LEAD_SECONDS ? Number.POSITIVE_INFINITY : now() - seenAt

  return {
    knows: async (subject, network) => {
      const place = placeOf(subject, network)
      const seenAt = known.get(keyOf(place)) ?? (await findFamiliarNetwork(db, place))
      if (seenAt === undefined || ageOf(seenAt) > FAMILIAR_LIFETIME_SECONDS) return false
      known.set(keyOf(place), seenAt)
      return true
    },
    remember: async (subject, network) => {
      const place = placeOf(subject, network)
      const seenAt = known.get(keyOf(place))
      if (seenAt !== undefined && ageOf(seenAt) <= RENEWAL_AGE_SECONDS) return
      await saveFamiliarNetwork(db, place, now())
      known.set(keyOf(place), now())
    },
  }
}

function placeOf(subject: string, network: string): FamiliarNetwork {
  const networkHash = hashSecret(network)
  // Any byte of a hash will do: its bits are as good as random.
  const slot = (Buffer.from(networkHash, 'base64url')[0] ?? 0) % SLOTS_PER_SUBJECT
  return { subjectHash: hashSecret(subject), slot, networkHash }
}

function keyOf({ subjectHash, networkHash }: FamiliarNetwork): string {
  return `${subjectHash.slice(0, 22)}${networkHash.slice(0, 22)}`
}
