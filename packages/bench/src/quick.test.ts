import { expect, it } from 'vitest'
import { quickGroup } from './quick.ts'

it('refuses a workload that does not exist, and names those that do', () => {
  expect(() => quickGroup({ names: ['one-token', 'sign-in'], baseline: undefined })).toThrow(
    'There is no workload sign-in: name resource, token, one-token, 5000-tokens, fresh-tokens, client-credentials.',
  )
})
