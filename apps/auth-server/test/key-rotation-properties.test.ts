import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { listSigningKeys } from '../src/domain/keys/key-store.ts'
import { rotateNow, startRotation } from '../src/domain/keys/rotate-keys.ts'
import { stateOf } from '../src/domain/keys/signing-key.ts'
import { freshDatabase } from './support/databases.ts'
import { keyDeps, openReplica, POLICY, type Replica } from './support/key-rotation.ts'
import { createTestClock } from './support/test-clock.ts'

/** What may happen to two replicas on one database; each forgets what it does not do. */
type Happening =
  | { readonly kind: 'clock'; readonly by: number }
  | { readonly kind: 'take_due_steps' | 'refresh' | 'rotate' | 'rotate_now'; readonly who: 0 | 1 }
  | { readonly kind: 'sign'; readonly who: 0 | 1; readonly lifetime: number }

const who = fc.constantFrom<0 | 1>(0, 1)
const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('clock'), by: fc.integer({ min: 0, max: POLICY.lifetime }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clock'), by: fc.integer({ min: -90, max: 4 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom('take_due_steps', 'take_due_steps', 'refresh'), who }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('rotate', 'rotate_now'), who }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('sign'), who, lifetime: fc.integer({ min: 1, max: 400 }) }),
  },
)

async function make(
  happening: Exclude<Happening, { kind: 'clock' | 'sign' }>,
  replica: Replica,
): Promise<void> {
  switch (happening.kind) {
    case 'take_due_steps':
      await replica.rotate()
      return
    case 'refresh':
      return replica.ring.refresh()
    case 'rotate':
      await startRotation(replica.deps)
      return
    case 'rotate_now':
      await rotateNow(replica.deps)
      return
    default:
      happening.kind satisfies never
  }
}

describe('two replicas, whoever rotates the keys, reads them or forgets to', () => {
  it('sign with published keys only, which stay published until their last token has expired', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyHappening, { minLength: 20, maxLength: 60 }), async (happenings) => {
        const clock = createTestClock()
        const db = await freshDatabase('SQLite')
        const replicas = [
          await openReplica(keyDeps(db, clock.now)),
          await openReplica(keyDeps(db, clock.now)),
        ] as const
        let latest = clock.now()
        let tokens: readonly { readonly kid: string; readonly expiresAt: number }[] = []

        for (const happening of happenings) {
          if (happening.kind === 'clock') clock.advance(happening.by)
          else if (happening.kind !== 'sign') await make(happening, replicas[happening.who])
          else {
            const kid = await replicas[happening.who].sign(happening.lifetime)
            tokens = [...tokens, { kid, expiresAt: clock.now() + happening.lifetime }]
          }
          latest = Math.max(latest, clock.now())

          const keys = await listSigningKeys(db)
          const published = new Set(keys.map((key) => key.kid))
          expect(keys.filter((key) => stateOf(key) === 'active')).toHaveLength(1)
          expect(tokens.filter(({ kid, expiresAt }) => expiresAt >= latest && !published.has(kid))).toEqual(
            [],
          )
        }
      }),
      { numRuns: 30 },
    )
  })
})
