import { expect, it } from 'vitest'
import { replacePart } from './document.ts'

it('adds a part once, and replaces it and nothing else afterwards', () => {
  const first = replacePart('# Performance\n', 'token', 'one')
  const second = replacePart(`${first}\nwritten by hand\n`, 'token', 'two')

  expect(first.startsWith('# Performance\n\n<!-- bench token begins')).toBe(true)
  expect(second).toBe(`${first.replace('one', 'two')}\nwritten by hand\n`)
})
