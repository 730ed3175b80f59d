import type { Seconds } from '@countersign/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CLOCK_TOLERANCE_SECONDS,
  planRotation,
  type RotationPolicy,
  type RotationStep,
} from './plan-rotation.ts'
import { type KeyDates, stateOf } from './signing-key.ts'

const DAY = 86_400
const POLICY: RotationPolicy = { lifetime: 90 * DAY, lead: DAY }
const T0 = 1_800_000_000

/** A key that has been active since T0, unless said otherwise. */
function aKey(differences: Partial<KeyDates> = {}): KeyDates {
  return {
    kid: 'one',
    publishedAt: T0,
    signsFrom: T0,
    activatedAt: T0,
    retiredAt: undefined,
    tokensExpireAt: T0,
    ...differences,
  }
}

/** Its standby, published with it. */
const PENDING = { kid: 'two', publishedAt: T0, signsFrom: T0 + 90 * DAY, activatedAt: undefined }

describe('the plan', () => {
  it('publishes a standby beside the active key at once, to sign when that has signed for its lifetime', () => {
    expect(planRotation([aKey()], T0, POLICY)).toEqual([{ kind: 'publish', signsFrom: T0 + 90 * DAY }])
    expect(planRotation([aKey(), aKey(PENDING)], T0, POLICY)).toEqual([])
  })

  it('lets it sign once that is over, in the place of the active key', () => {
    const keys = [aKey(), aKey(PENDING)]

    expect(planRotation(keys, T0 + 90 * DAY - 1, POLICY)).toEqual([])
    expect(planRotation(keys, T0 + 90 * DAY, POLICY)).toEqual([
      { kind: 'retire', kid: 'one' },
      { kind: 'activate', kid: 'two' },
    ])
  })

  it('lets it sign sooner when the lifetime has become shorter, but for its whole lead', () => {
    const keys = [aKey(), aKey({ ...PENDING, publishedAt: T0 + 29.5 * DAY })]
    const shorter = { ...POLICY, lifetime: 30 * DAY }

    expect(planRotation(keys, T0 + 30.5 * DAY - 1, shorter)).toEqual([])
    expect(planRotation(keys, T0 + 30.5 * DAY, shorter)).toContainEqual({ kind: 'activate', kid: 'two' })
  })

  it('removes a retired key when its last token has expired by every clock', () => {
    const keys = [aKey({ kid: 'old', retiredAt: T0, tokensExpireAt: T0 + 1800 }), aKey(), aKey(PENDING)]

    expect(planRotation(keys, T0 + 1800 + CLOCK_TOLERANCE_SECONDS, POLICY)).toEqual([])
    expect(planRotation(keys, T0 + 1801 + CLOCK_TOLERANCE_SECONDS, POLICY)).toEqual([
      { kind: 'remove', kid: 'old' },
    ])
  })

  it('publishes for a whole lead after a sleep of years: the active key signs until then', () => {
    const awake = T0 + 1000 * DAY

    expect(planRotation([aKey()], awake, POLICY)).toEqual([{ kind: 'publish', signsFrom: awake + DAY }])
  })

  it('begins with a key that signs at once when there is none', () => {
    expect(planRotation([], T0, POLICY)).toEqual([{ kind: 'publish', signsFrom: T0 }])
  })

  it('lets a pending key sign before its time when nothing else can', () => {
    expect(planRotation([aKey(PENDING)], PENDING.publishedAt + 1, POLICY)).toEqual([
      { kind: 'activate', kid: 'two' },
    ])
  })

  it('does not wait ten years for dates that a wrong clock wrote', () => {
    const keys = [aKey({ activatedAt: T0 + 3650 * DAY }), aKey({ ...PENDING, publishedAt: T0 + 3650 * DAY })]

    expect(planRotation(keys, T0, POLICY)).toEqual([
      { kind: 'redate', kid: 'one' },
      { kind: 'redate', kid: 'two' },
    ])
  })

  it('takes the date of a neighbour whose clock is a little ahead', () => {
    const keys = [aKey({ activatedAt: T0 + CLOCK_TOLERANCE_SECONDS }), aKey(PENDING)]

    expect(planRotation(keys, T0, POLICY)).toEqual([])
  })
})

/** What may happen to a server: time passes, a clock is set, a token is signed, an operator steps in. */
type Happening =
  | { readonly kind: 'clock'; readonly by: Seconds }
  | { readonly kind: 'sign'; readonly lifetime: Seconds }
  | { readonly kind: 'rotate' }
  | { readonly kind: 'revoke' }

interface SignedToken {
  readonly kid: string
  readonly expiresAt: Seconds
}

/** The rows, and what the world has seen of them. */
class World {
  readonly policy: RotationPolicy
  now = T0
  latest = T0
  keys: readonly KeyDates[] = []
  tokens: readonly SignedToken[] = []
  #published = 0

  constructor(policy: RotationPolicy) {
    this.policy = policy
    this.#rotate()
  }

  happen(happening: Happening): void {
    switch (happening.kind) {
      case 'clock':
        this.now = Math.max(this.now + happening.by, 0)
        this.latest = Math.max(this.now, this.latest)
        break
      case 'sign':
        this.#sign(this.now + happening.lifetime)
        break
      case 'rotate':
        this.#hasten(this.standby())
        break
      case 'revoke':
        this.tokens = this.tokens.filter((token) => token.kid !== this.active().kid)
        this.keys = this.keys.filter((key) => key.kid !== this.active().kid)
        break
      default:
        happening satisfies never
    }
    this.#rotate()
  }

  active(): KeyDates {
    const [active, ...others] = this.keys.filter((key) => stateOf(key) === 'active')
    expect(others).toEqual([])
    expect(active).toBeDefined()
    return active!
  }

  standby(): KeyDates {
    const [standby, ...others] = this.keys.filter((key) => stateOf(key) === 'pending')
    expect(others).toEqual([])
    expect(standby).toBeDefined()
    return standby!
  }

  #hasten({ kid, publishedAt, signsFrom }: KeyDates): void {
    this.#change(kid, {
      signsFrom: Math.min(signsFrom, Math.max(this.now, publishedAt + this.policy.lead)),
    })
  }

  #sign(expiresAt: Seconds): void {
    const { kid, tokensExpireAt } = this.active()
    this.#change(kid, { tokensExpireAt: Math.max(tokensExpireAt, expiresAt) })
    this.tokens = [...this.tokens, { kid, expiresAt }]
  }

  #rotate(): void {
    for (let round = 0; ; round++) {
      expect(round).toBeLessThan(5)
      const steps = planRotation(this.keys, this.now, this.policy)
      if (steps.length === 0) return
      const replaces = steps.some((step) => step.kind === 'retire')
      for (const step of steps) this.#take(step, replaces)
    }
  }

  #take(step: RotationStep, replaces: boolean): void {
    switch (step.kind) {
      case 'publish':
        this.#publish(step.signsFrom)
        break
      case 'activate':
        if (replaces) {
          const { publishedAt, signsFrom } = this.#find(step.kid)
          const promised = Math.min(signsFrom, publishedAt + this.policy.lead)
          expect(this.now).toBeGreaterThanOrEqual(promised)
        }
        this.#change(step.kid, { activatedAt: this.now })
        break
      case 'retire':
        this.#change(step.kid, { retiredAt: this.now })
        break
      case 'remove':
        expect(this.now).toBeGreaterThan(this.#find(step.kid).tokensExpireAt)
        this.keys = this.keys.filter(({ kid }) => kid !== step.kid)
        break
      case 'redate':
        this.#redate(this.#find(step.kid))
        break
      default:
        step satisfies never
    }
  }

  #find(wanted: string): KeyDates {
    return this.keys.find(({ kid }) => kid === wanted)!
  }

  #publish(signsFrom: Seconds): void {
    this.#published++
    const dates = { publishedAt: this.now, signsFrom, activatedAt: undefined, tokensExpireAt: this.now }
    this.keys = [...this.keys, aKey({ kid: `key-${this.#published}`, ...dates })]
  }

  #redate({ kid, publishedAt, signsFrom, activatedAt }: KeyDates): void {
    const from = Math.min(publishedAt, this.now)
    this.#change(kid, {
      publishedAt: from,
      signsFrom: signsFrom - publishedAt + from,
      activatedAt: activatedAt === undefined ? undefined : Math.min(activatedAt, this.now),
    })
  }

  #change(kid: string, differences: Partial<KeyDates>): void {
    this.keys = this.keys.map((key) => (key.kid === kid ? { ...key, ...differences } : key))
  }
}

const anyPolicy = fc
  .tuple(fc.integer({ min: 4, max: 2 * DAY }), fc.integer({ min: 1, max: 100 * DAY }))
  .map(([lead, more]) => ({ lead, lifetime: lead + more }))

const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('clock'), by: fc.integer({ min: 0, max: 120 * DAY }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('clock'), by: fc.integer({ min: -DAY, max: DAY }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('clock'), by: fc.integer({ min: -4000 * DAY, max: 0 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('sign'), lifetime: fc.integer({ min: 1, max: 3 * DAY }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rotate') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('revoke') }) },
)

/** Lets a world go on for a while, and says after each happening what must be true of it. */
function inEveryWorld(holds: (world: World) => void): void {
  fc.assert(
    fc.property(anyPolicy, fc.array(anyHappening, { minLength: 10, maxLength: 60 }), (policy, happenings) => {
      const world = new World(policy)
      for (const happening of happenings) {
        world.happen(happening)
        holds(world)
      }
    }),
    { numRuns: 400 },
  )
}

describe('whatever happens, and however the clock jumps', () => {
  it('exactly one key signs, and one is published beside it and does not', () => {
    inEveryWorld((world) => {
      world.active()
      world.standby()
    })
  })

  it('the key of every token is published until the token has expired', () => {
    inEveryWorld((world) => {
      const published = new Set(world.keys.map((key) => key.kid))
      const orphans = world.tokens.filter(
        ({ kid, expiresAt }) => expiresAt >= world.latest && !published.has(kid),
      )
      expect(orphans).toEqual([])
    })
  })

  it('a key that has signed for its lifetime has a successor, which signs within a lead', () => {
    inEveryWorld((world) => {
      const { keys, now, policy } = world
      const { activatedAt = 0 } = world.active()
      const next = keys.find((key) => stateOf(key) === 'pending')
      if (now < activatedAt + policy.lifetime) return
      expect(next?.signsFrom).toBeLessThanOrEqual(now + policy.lead + CLOCK_TOLERANCE_SECONDS)
    })
  })

  it('a retired key goes when its time has come, so that the set does not grow', () => {
    inEveryWorld((world) => {
      const overdue = world.keys.filter(
        (key) => stateOf(key) === 'retired' && key.tokensExpireAt + CLOCK_TOLERANCE_SECONDS < world.now,
      )
      expect(overdue).toEqual([])
    })
  })
})
