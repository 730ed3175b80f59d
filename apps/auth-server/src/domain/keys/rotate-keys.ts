import type { Clock, Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import { withLock } from '../../storage/lock.ts'
import type { KeyEvent } from './key-event.ts'
import {
  activateKey,
  insertSigningKey,
  listSigningKeys,
  redateKey,
  removeRetiredKey,
  retireKey,
} from './key-store.ts'
import { forgottenBefore, planRotation, type RotationPolicy, type RotationStep } from './plan-rotation.ts'
import { generateSealedKey, type SealedKeyDeps } from './sealed-key.ts'
import type { SealedKey, SigningKey } from './signing-key.ts'
import { refusedKids, sortKeys } from './sort-keys.ts'

export interface RotateKeysDeps extends SealedKeyDeps {
  readonly db: Database
  readonly now: Clock
  readonly policy: RotationPolicy
}

/** What following the plan is given: keys to publish, should the plan ask for them. */
export interface PlanToFollow {
  readonly now: Seconds
  readonly policy: RotationPolicy
  readonly successors: readonly SealedKey[]
  /** The rows that are no keys of ours: the plan knows nothing of them. */
  readonly refused: ReadonlySet<string>
}

/**
 * Takes the steps that are due and says what it did. Every replica calls this all the time; one of them acts, in one
 * transaction under a lock, and the others find it done. Throws when no key opens with our secret: a replica
 * that still holds the old one must not publish keys that the others cannot read. A row that is no key of ours takes no
 * part: it neither signs next nor keeps ours from doing so.
 */
export async function rotateKeys(deps: RotateKeysDeps): Promise<readonly KeyEvent[]> {
  const { db, now, policy } = deps
  const seen = await listSigningKeys(db)
  const sorted = await sortKeys(deps.encryption, seen)
  const { proven, wrongSecret } = sorted
  const steps = planRotation(wrongSecret === undefined ? proven : seen, now(), policy)
  if (steps.length === 0) return []

  if (wrongSecret !== undefined) {
    throw new Error(
      `signing key ${wrongSecret} does not open with this AUTH_KEY_ENCRYPTION_SECRET: keys are not rotated until this process is started with the one they are encrypted under`,
    )
  }
  // When the standby begins to sign, another takes its place in the same transaction.
  const publishes = steps.some((step) => step.kind === 'publish' || step.kind === 'activate')
  const successors = publishes ? [await generateSealedKey(deps)] : []

  return withLock(db, 'signing-keys', async (transaction) => {
    // Between the look and the lock another replica may have acted, or re-encrypted. The next call sees what it left.
    if (!haveSameKeys(seen, await listSigningKeys(transaction))) return []
    return followPlan(transaction, { now: now(), policy, successors, refused: refusedKids(sorted) })
  })
}

/**
 * Takes steps until nothing is left to do. Give it a transaction under the lock: a step that finds its row changed
 * throws, and undoes the others.
 */
export async function followPlan(
  transaction: Database,
  { now, policy, successors, refused }: PlanToFollow,
): Promise<readonly KeyEvent[]> {
  const events: KeyEvent[] = []
  const unpublished = [...successors]
  for (;;) {
    const keys = await listSigningKeys(transaction)
    const steps = planRotation(
      keys.filter(({ kid }) => !refused.has(kid)),
      now,
      policy,
    )
    if (steps.length === 0) return events
    const successor = steps.some((step) => step.kind === 'publish') ? unpublished.shift() : undefined
    const possible = steps.filter((step) => step.kind !== 'publish' || successor)
    // It has become due since we looked. A key is not made while everybody waits for the lock: the next call has one.
    if (possible.length === 0) return events
    for (const step of possible) events.push(...(await take(transaction, step, { now, successor, refused })))
  }
}

/** Publishes a key that signs from a given instant on. */
export async function publishKey(
  transaction: Database,
  key: SealedKey,
  dates: { readonly now: Seconds; readonly signsFrom: Seconds },
): Promise<KeyEvent> {
  await insertSigningKey(transaction, {
    ...key,
    publishedAt: dates.now,
    signsFrom: dates.signsFrom,
    activatedAt: undefined,
    retiredAt: undefined,
    // It has signed nothing.
    tokensExpireAt: dates.now,
  })
  return { event: 'key_published', kid: key.kid }
}

/** Whether these are the same keys, and encrypted as they were. */
export function haveSameKeys(some: readonly SigningKey[], others: readonly SigningKey[]): boolean {
  const contentOf = (key: SigningKey) =>
    JSON.stringify([key.kid, key.algorithm, key.publicJwk, key.privateJwe])
  const known = new Set(some.map(contentOf))
  return some.length === others.length && others.every((key) => known.has(contentOf(key)))
}

async function take(
  transaction: Database,
  step: RotationStep,
  {
    now,
    successor,
    refused,
  }: Pick<PlanToFollow, 'now' | 'refused'> & { readonly successor: SealedKey | undefined },
): Promise<readonly KeyEvent[]> {
  switch (step.kind) {
    case 'publish':
      if (!successor) return []
      return [await publishKey(transaction, successor, { now, signsFrom: step.signsFrom })]
    case 'activate':
      // One row at most is active: one that is no key of ours would keep ours from signing.
      for (const kid of refused) await retireKey(transaction, kid, now)
      if (!(await activateKey(transaction, step.kid, now))) throw changed(step.kid)
      return [{ event: 'key_activated', kid: step.kid }]
    case 'retire':
      if (!(await retireKey(transaction, step.kid, now))) throw changed(step.kid)
      return [{ event: 'key_retired', kid: step.kid }]
    case 'remove':
      if (!(await removeRetiredKey(transaction, step.kid, forgottenBefore(now)))) throw changed(step.kid)
      return [{ event: 'key_removed', kid: step.kid }]
    case 'redate':
      if (!(await redateKey(transaction, step.kid, now))) throw changed(step.kid)
      return []
    default:
      return step satisfies never
  }
}

/** Under the lock nobody else turns keys, so this is somebody with a hand in the database. */
function changed(kid: string): Error {
  return new Error(`signing key ${kid} has changed while it was rotated`)
}
