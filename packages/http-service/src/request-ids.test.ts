import { expect, it } from 'vitest'
import { createRequestIds } from './request-ids.ts'

it('request ids have 16 characters and never come twice, however often the pool is filled', () => {
  const nextId = createRequestIds()

  const ids = Array.from({ length: 2000 }, nextId)

  expect(new Set(ids).size).toBe(2000)
  expect(ids.every((id) => /^[\w-]{16}$/.test(id))).toBe(true)
})
