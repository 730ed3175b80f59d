import { expect, it } from 'vitest'
import { ID_LENGTH, mintId } from './secret.ts'

it('mints ids of one length that never come twice, beyond what is drawn at once', () => {
  const ids = Array.from({ length: 10_000 }, () => mintId('az'))

  expect(new Set(ids).size).toBe(10_000)
  expect(ids.filter((id) => !new RegExp(`^az_[\\w-]{${ID_LENGTH}}$`).test(id))).toEqual([])
})
