import { describe, expect, it } from 'vitest'
import { formatScope, isScopeValue, parseScope } from './scope.ts'

describe('a scope', () => {
  it('is read into its values, in order, each once [RFC 6749 §3.3]', () => {
    expect(parseScope('profile email profile')).toEqual(['profile', 'email'])
  })

  it('may be empty', () => {
    expect(parseScope('')).toEqual([])
  })

  it.each(['a  b', ' a', 'a ', 'a\tb', 'a"b', 'a\\b', 'é'])('is refused when it is %j', (text) => {
    expect(parseScope(text)).toBeUndefined()
  })

  it('is written with one space between its values', () => {
    expect(formatScope(['profile', 'email'])).toBe('profile email')
  })

  it('has values of at least one character', () => {
    expect(isScopeValue('')).toBe(false)
    expect(isScopeValue('users:read')).toBe(true)
  })
})
