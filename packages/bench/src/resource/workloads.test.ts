import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DEFAULT_CACHED_TOKENS } from '../../../access-token-verifier/src/options.ts'
import { PEERS } from '../process/paths.ts'
import { FRESH_TOKENS } from './workloads.ts'

it('sends three times as many fresh tokens as the largest cache holds', () => {
  const fastJwt = readFileSync(join(PEERS, 'resource/koa-fast-jwt.js'), 'utf8')
  const cache = Number(/cache: ([\d_]+)/.exec(fastJwt)?.[1]?.replaceAll('_', ''))

  expect(FRESH_TOKENS).toBeGreaterThanOrEqual(3 * DEFAULT_CACHED_TOKENS)
  expect(FRESH_TOKENS).toBeGreaterThanOrEqual(3 * cache)
})
