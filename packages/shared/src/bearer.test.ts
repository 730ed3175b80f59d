import { describe, expect, it } from 'vitest'
import { parseBearer } from './bearer.ts'

describe('the Authorization header', () => {
  it('carries one token after the scheme [RFC 6750 §2.1]', () => {
    expect(parseBearer(['Bearer abc.DEF-_~+/=='])).toEqual({ kind: 'token', token: 'abc.DEF-_~+/==' })
  })

  it('may spell the scheme in any case [RFC 9110 §11.1]', () => {
    expect(parseBearer(['bEARER abc'])).toEqual({ kind: 'token', token: 'abc' })
  })

  it.each([[[]], [['Basic YTpi']], [['Bearerabc']], [['']]])('holds no token when it is %j', (headers) => {
    expect(parseBearer(headers)).toEqual({ kind: 'absent' })
  })

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer a,b', 'Bearer "a"', 'Bearer é'])(
    'is malformed when it is %j',
    (header) => {
      expect(parseBearer([header]).kind).toBe('malformed')
    },
  )

  it('is malformed when it comes twice', () => {
    expect(parseBearer(['Bearer a', 'Bearer b']).kind).toBe('malformed')
  })
})
