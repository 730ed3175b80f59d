import { describe, expect, it } from 'vitest'
import { parseAge } from './age.ts'

describe('the age of an answer', () => {
  it.each([
    ['0', 0],
    ['7', 7],
    [' 7 ', 7],
    ['0007', 7],
    ['7, 9', 7],
    ['99999999999999999999', 2 ** 31],
    ['9'.repeat(400), 2 ** 31],
  ])('of %j is %i [RFC 9111 §5.1]', (age, seconds) => {
    expect(parseAge(age)).toBe(seconds)
  })

  it.each(['', '-7', '+7', '7.5', '1e3', '0x10', 'seven', '7s', '"7"', ', 7', 'NaN', 'Infinity'])(
    'is none when it says %j',
    (age) => {
      expect(parseAge(age)).toBe(0)
    },
  )

  it('is none when it does not say', () => {
    expect(parseAge(null)).toBe(0)
  })
})
