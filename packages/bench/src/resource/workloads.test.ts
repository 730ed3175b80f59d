import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PEERS, ROOT } from '../process/paths.ts'
import { FRESH_TOKENS } from './workloads.ts'

it.each([
  [join(ROOT, 'packages/access-token-verifier/src/options.ts'), /DEFAULT_CACHED_TOKENS = ([\d_]+)/],
  [join(PEERS, 'resource/koa-fast-jwt.js'), /cache: ([\d_]+)/],
])('sends three times as many fresh tokens as the cache of %s holds', (file, pattern) => {
  const cached = Number(pattern.exec(readFileSync(file, 'utf8'))?.[1]?.replaceAll('_', ''))

  expect(FRESH_TOKENS).toBeGreaterThanOrEqual(3 * cached)
})
