import { describe, expect, it } from 'vitest'
import { audienceProblem } from './audience.ts'

describe('an audience', () => {
  it.each(['http://127.0.0.1:8001', 'https://api.example.com/v1', 'urn:example:api', 'api://orders'])(
    'may be %s [RFC 8707 §2]',
    (audience) => {
      expect(audienceProblem(audience)).toBeUndefined()
    },
  )

  it.each([
    ['https://api.example.com/#a', 'must not have a fragment (#…)'],
    ['orders', 'is not an absolute URI: write it like https://api.example.com'],
    ['/orders', 'is not an absolute URI: write it like https://api.example.com'],
    ['https://api.example.com/a b', 'is not an absolute URI: write it like https://api.example.com'],
    ['https://', 'is not an absolute URI: write it like https://api.example.com'],
  ])('may not be %s', (audience, problem) => {
    expect(audienceProblem(audience)).toBe(problem)
  })
})
