import { expect, it } from 'vitest'
import { turnsOf } from './turns.ts'

it('goes there and back, as often as asked', () => {
  expect(turnsOf(['A', 'B', 'C'], 2).join(' ')).toBe('A B C C B A A B C C B A')
})
