import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type KeySet, parseKeySet } from '../src/issuer/key-set.ts'
import { codeOf } from './support/cached-key-set.ts'
import { aKey, type TestKey } from './support/signing-key.ts'
import { keySetOf } from './support/test-issuer.ts'
import { aToken, NOW } from './support/token.ts'
import { verificationIn, type World } from './support/verification.ts'

const KEYS = [aKey('one'), aKey('two')] as const
/** The second key once more, under the first one's name. */
const TAKEN_OVER: TestKey = {
  ...KEYS[1],
  kid: 'one',
  publicJwk: { ...KEYS[1].publicJwk, kid: 'one' },
}
const KEY_SETS: readonly (readonly TestKey[])[] = [
  [KEYS[0]],
  [KEYS[1]],
  [KEYS[0], KEYS[1]],
  [TAKEN_OVER, KEYS[1]],
]

/** Some good in everything, others wrong in one thing, each under either key; every one has a status of its own. */
const TOKENS: readonly string[] = KEYS.flatMap((key, which) =>
  [
    {},
    { exp: NOW + 60 },
    { nbf: NOW + 60 },
    { scope: 'email' },
    { aud: 'b' },
    { exp: NOW + 30, iat: NOW },
  ].map((claims, index) => {
    const status = { status_list: { uri: 'list', idx: which * 10 + index } }
    return aToken('https://auth.example.com', key, { claims: { status, ...claims } })
  }),
)

type Step =
  | { readonly kind: 'verify'; readonly token: number }
  | { readonly kind: 'move'; readonly seconds: number }
  | { readonly kind: 'publish'; readonly keySet: number }
  | { readonly kind: 'revoke' | 'reinstate'; readonly index: number }
  | { readonly kind: 'restart' }

const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({ kind: fc.constant('verify' as const), token: fc.nat(TOKENS.length - 1) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('move' as const), seconds: fc.integer({ min: -60, max: 70 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('publish' as const), keySet: fc.nat(KEY_SETS.length - 1) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('revoke' as const, 'reinstate' as const),
      index: fc.nat(15),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
)

it('whatever happens, a verifier that remembers answers what one would that has just been started', async () => {
  const keySets: readonly KeySet[] = await Promise.all(KEY_SETS.map((keys) => parseKeySet(keySetOf(keys))))
  let remembered = 0
  const codes = new Set<string>()

  await fc.assert(
    fc.asyncProperty(
      fc.array(aStep, { minLength: 10, maxLength: 80 }),
      fc.constantFrom(2, 4, 100),
      async (steps, capacity) => {
        const world: World = { keySet: keySets[0]!, now: NOW, revoked: new Set() }
        let remembering = verificationIn(world, capacity)
        const fresh = verificationIn(world, 0)

        for (const step of steps) {
          switch (step.kind) {
            case 'verify': {
              const before = remembering.counts.keysFound
              const token = TOKENS[step.token]!
              const code = await codeOf(remembering.verify(token, ['profile']))
              expect(code).toBe(await codeOf(fresh.verify(token, ['profile'])))
              codes.add(code)
              if (remembering.counts.keysFound === before) remembered += 1
              break
            }
            case 'move':
              world.now += step.seconds
              break
            case 'publish':
              world.keySet = keySets[step.keySet]!
              break
            case 'revoke':
              world.revoked.add(step.index)
              break
            case 'reinstate':
              world.revoked.delete(step.index)
              break
            case 'restart':
              remembering = verificationIn(world, capacity)
              break
            default:
              throw step satisfies never
          }
        }
      },
    ),
    { numRuns: 200 },
  )

  // Otherwise the sequences were too tame to say anything.
  expect(remembered).toBeGreaterThan(50)
  expect([...codes].sort()).toEqual([
    'bad_signature',
    'expired',
    'insufficient_scope',
    'none',
    'not_yet_valid',
    'revoked',
    'unknown_key',
    'wrong_audience',
  ])
})
