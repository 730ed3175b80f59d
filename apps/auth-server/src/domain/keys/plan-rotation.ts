import type { Seconds } from '@countersign/shared'
import { type KeyDates, stateOf } from './signing-key.ts'

/** How long a key signs, and for how long it is published before, at least. The lead is shorter than the lifetime. */
export interface RotationPolicy {
  readonly lifetime: Seconds
  readonly lead: Seconds
}

/** One change of the key rows. */
export type RotationStep =
  | { readonly kind: 'publish'; readonly signsFrom: Seconds }
  | { readonly kind: 'activate'; readonly kid: string }
  | { readonly kind: 'retire'; readonly kid: string }
  | { readonly kind: 'remove'; readonly kid: string }
  | { readonly kind: 'redate'; readonly kid: string }

/**
 * How far apart the clocks of replicas and verifiers may be. A verifier whose clock is behind accepts a token a little after
 * it has expired by ours, so its key stays that much longer. An instant that little in the future was written by another
 * replica, not by a clock that was wrong.
 */
export const CLOCK_TOLERANCE_SECONDS: Seconds = 60

/**
 * What has to change about the keys now; empty when nothing has. The steps belong together: all of them or none. Ask
 * again when they are done, until nothing is left: a step may be what another waits for.
 *
 * One key signs, and a standby is always published beside it, long before it is needed. Many verifiers fetch the key set for
 * an unknown key only minutes after the last fetch, and would refuse every token until then. When the active key must be
 * revoked at once, verifiers have the standby already.
 */
export function planRotation(
  keys: readonly KeyDates[],
  now: Seconds,
  { lifetime, lead }: RotationPolicy,
): readonly RotationStep[] {
  // First, because everything below is counted from these instants.
  const misdated = keys.filter((key) => isMisdated(key, now))
  if (misdated.length > 0) return misdated.map(({ kid }) => ({ kind: 'redate', kid }))

  const active = keys.find((key) => stateOf(key) === 'active')
  const next = nextOf(keys)
  const removals = keys
    .filter((key) => isForgotten(key, now))
    .map(({ kid }) => ({ kind: 'remove', kid }) as const)
  return [...removals, ...(active ? succeed(active) : begin())]

  /** Nothing signs, so there is nothing to wait for: a key nobody knows yet is better than none. */
  function begin(): readonly RotationStep[] {
    return next ? [{ kind: 'activate', kid: next.kid }] : [{ kind: 'publish', signsFrom: now }]
  }

  /** However late we are, the standby is published for its whole lead first, and the active key signs until then. */
  function succeed({ kid, activatedAt = now }: KeyDates): readonly RotationStep[] {
    const endsAt = activatedAt + lifetime
    if (!next) return [{ kind: 'publish', signsFrom: Math.max(now + lead, endsAt) }]
    // What was promised when it was published, unless the lifetime has become shorter since.
    const due = Math.min(next.signsFrom, Math.max(next.publishedAt + lead, endsAt))
    if (now < due) return []
    return [
      { kind: 'retire', kid },
      { kind: 'activate', kid: next.kid },
    ]
  }
}

/** The pending key that signs next; `undefined` when none is published. */
export function nextOf<Key extends KeyDates>(keys: readonly Key[]): Key | undefined {
  return keys
    .filter((key) => stateOf(key) === 'pending')
    .toSorted((one, other) => one.signsFrom - other.signsFrom)[0]
}

/** Before this instant a retired key's tokens must have expired for it to be removed. */
export function forgottenBefore(now: Seconds): Seconds {
  return now - CLOCK_TOLERANCE_SECONDS
}

function isForgotten(key: KeyDates, now: Seconds): boolean {
  return stateOf(key) === 'retired' && key.tokensExpireAt < forgottenBefore(now)
}

/**
 * A date in the future was written by a clock that has been set back since. Left alone, a key dated ten years ahead
 * would be rotated ten years late. A retired key's dates decide nothing, except until when its tokens live: and that is
 * never shortened, because tokens with that date are out there.
 */
function isMisdated(key: KeyDates, now: Seconds): boolean {
  const latest = Math.max(key.publishedAt, key.activatedAt ?? key.publishedAt)
  return stateOf(key) !== 'retired' && latest > now + CLOCK_TOLERANCE_SECONDS
}
