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
import { findUnreadableKey, generateSealedKey, type SealedKeyDeps } from './sealed-key.ts'
import type { SealedKey, SigningKey } from './signing-key.ts'

export interface RotateKeysDeps extends SealedKeyDeps {
  readonly db: Database
  readonly now: Clock
  readonly policy: RotationPolicy
}

/** What following the plan is given: a key to publish, should the plan ask for one. */
export interface PlanToFollow {
  readonly now: Seconds
  readonly policy: RotationPolicy
  readonly successor: SealedKey | undefined
}

/**
 * Takes the steps that are due and says what it did. Every replica calls this all the time; one of them acts, in one
 * transaction under a lock, and the others find it done. Throws when a key does not open with our secret: a replica
 * that still holds the old one must not publish keys that the others cannot read.
 */
export async function rotateKeys(deps: RotateKeysDeps): Promise<readonly KeyEvent[]> {
  const { db, now, policy } = deps
  const seen = await listSigningKeys(db)
  const steps = planRotation(seen, now(), policy)
  if (steps.length === 0) return []

  const unreadable = await findUnreadableKey(deps.encryption, seen)
  if (unreadable !== undefined) {
    throw new Error(
      `signing key ${unreadable} does not open with this AUTH_KEY_ENCRYPTION_SECRET: keys are not rotated until this process is started with the one they are encrypted under`,
    )
  }
  const publishes = steps.some((step) => step.kind === 'publish')
  const successor = publishes ? await generateSealedKey(deps) : undefined

  return withLock(db, 'signing-keys', async (transaction) => {
    // Between the look and the lock another replica may have acted, or re-encrypted. The next call sees what it left.
    if (!haveSameKeys(seen, await listSigningKeys(transaction))) return []
    return followPlan(transaction, { now: now(), policy, successor })
  })
}

/**
 * Takes steps until nothing is left to do. Give it a transaction under the lock: a step that finds its row changed
 * throws, and undoes the others.
 */
export async function followPlan(
  transaction: Database,
  { now, policy, successor }: PlanToFollow,
): Promise<readonly KeyEvent[]> {
  const events: KeyEvent[] = []
  for (;;) {
    const steps = planRotation(await listSigningKeys(transaction), now, policy)
    if (steps.length === 0) return events
    // It has become due since we looked. A key is not made while everybody waits for the lock.
    if (!successor && steps.some((step) => step.kind === 'publish')) return events
    for (const step of steps) events.push(...(await take(transaction, step, { now, successor })))
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

/** Whether these are the same keys, encrypted as they were. */
export function haveSameKeys(some: readonly SigningKey[], others: readonly SigningKey[]): boolean {
  const known = new Set(some.map((key) => key.privateJwe))
  return some.length === others.length && others.every((key) => known.has(key.privateJwe))
}

async function take(
  transaction: Database,
  step: RotationStep,
  { now, successor }: Pick<PlanToFollow, 'now' | 'successor'>,
): Promise<readonly KeyEvent[]> {
  switch (step.kind) {
    case 'publish':
      if (!successor) return []
      return [await publishKey(transaction, successor, { now, signsFrom: step.signsFrom })]
    case 'activate':
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
