import { expect, it } from 'vitest'
import { replacePart } from './document.ts'

const token = { name: 'token', command: 'pnpm bench token' }

it('adds a part once, and replaces it and nothing else afterwards', () => {
  const first = replacePart('# Performance\n', token, 'one')
  const second = replacePart(`${first}\nwritten by hand\n`, token, 'two')

  expect(
    first.startsWith('# Performance\n\n<!-- bench token begins: written by npx -y pnpm bench token -->'),
  ).toBe(true)
  expect(second).toBe(`${first.replace('one', 'two')}\nwritten by hand\n`)
})
