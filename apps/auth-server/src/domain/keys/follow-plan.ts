import type { Clock, Seconds } from '@countersign/shared'
import type { Database } from '../../storage/database.ts'
import {
  activateKey,
  insertPendingKey,
  listSigningKeys,
  redateKey,
  removeRetiredKey,
  retireKey,
} from './key-store.ts'
import { forgottenBefore, planRotation, type RotationPolicy, type RotationStep } from './plan-rotation.ts'
import type { EncryptedKey, KeyEvent } from './signing-key.ts'

/**
 * Takes the steps of the plan under the lock until nothing is left to do. A step that finds its row changed throws, which
 * undoes the others.
 */
export async function followPlan(
  transaction: Database,
  deps: { readonly now: Clock; readonly policy: RotationPolicy },
  { successors, refused }: { successors: readonly EncryptedKey[]; refused: ReadonlySet<string> },
): Promise<readonly KeyEvent[]> {
  const now = deps.now()
  const events: KeyEvent[] = []
  const unpublished = [...successors]
  for (;;) {
    const ours = (await listSigningKeys(transaction)).filter(({ kid }) => !refused.has(kid))
    const steps = planRotation(ours, now, deps.policy)
    const successor = steps.some((step) => step.kind === 'publish') ? unpublished.shift() : undefined
    // A step may have become due since the keys were read. No key is made under the lock: the next call brings one.
    const possible = steps.filter((step) => step.kind !== 'publish' || successor)
    if (possible.length === 0) return events
    for (const step of possible) events.push(...(await take(transaction, step, { now, successor, refused })))
  }
}

async function take(
  transaction: Database,
  step: RotationStep,
  given: { now: Seconds; successor: EncryptedKey | undefined; refused: ReadonlySet<string> },
): Promise<readonly KeyEvent[]> {
  const { now, successor, refused } = given
  switch (step.kind) {
    case 'publish':
      return successor ? [await publishKey(transaction, successor, { now, signsFrom: step.signsFrom })] : []
    case 'activate':
      // At most one row is active: a row that is no key of ours would keep ours from signing.
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

/** Publishes a key that signs from a given instant on. */
export async function publishKey(
  transaction: Database,
  key: EncryptedKey,
  dates: { readonly now: Seconds; readonly signsFrom: Seconds },
): Promise<KeyEvent> {
  await insertPendingKey(transaction, key, dates)
  return { event: 'key_published', kid: key.kid }
}

/** Under the lock no other process rotates keys, so somebody has changed the database by hand. */
function changed(kid: string): Error {
  return new Error(`signing key ${kid} has changed while it was rotated`)
}
