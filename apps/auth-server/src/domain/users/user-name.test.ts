import { describe, expect, it } from 'vitest'
import { normalizeUsername, usernameKeys } from './user-name.ts'

function areAlike(one: string, other: string): boolean {
  const [keys, others] = [usernameKeys(one), usernameKeys(other)]
  return keys.letters === others.letters || keys.shapes === others.shapes
}

describe('a user name', () => {
  it('has one form, however its letters were typed [RFC 8265 §3.4]', () => {
    expect(normalizeUsername('Bjo\u0308rn')).toBe('Bj\u00f6rn')
    expect(normalizeUsername('alice')).toBe('alice')
  })

  it.each([
    ['in another case', 'Alice'],
    ['with a Cyrillic letter', '\u0430lice'],
    ['with a Cyrillic capital letter', '\u0410LICE'],
    ['with a Greek letter', 'al\u03b9ce'],
    ['in full width', '\uff41\uff4c\uff49\uff43\uff45'],
    ['with a one', 'a1ice'],
    ['with a capital I', 'aIice'],
  ])('is too much like the same name %s', (_what, other) => {
    expect(areAlike('alice', other)).toBe(true)
  })

  it.each([
    ['alice', 'alicia'],
    ['ian', 'lan'],
    ['jose', 'jos\u00e9'],
    ['user1', 'user2'],
    ['\u0430\u043d\u043d\u0430', '\u0438\u0432\u0430\u043d'],
  ])('%s is not taken for %s', (one, other) => {
    expect(areAlike(one, other)).toBe(false)
  })
})
