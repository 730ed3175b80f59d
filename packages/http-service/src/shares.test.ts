import { describe, expect, it } from 'vitest'
import { createShares } from './shares.ts'

describe('a limited amount', () => {
  it('is all for one network while nobody else asks', () => {
    const shares = createShares(4)

    const taken = Array.from({ length: 5 }, () => shares.take('busy'))

    expect(taken).toEqual([true, true, true, true, false])
  })

  it('is shared when it is gone: who has less than the others still gets some', () => {
    const shares = createShares(4)
    for (let n = 0; n < 4; n++) shares.take('busy')

    const modest = Array.from({ length: 3 }, () => shares.take('modest'))

    expect(modest).toEqual([true, true, false])
    expect(shares.take('busy')).toBe(false)
  })

  it('is given out again when it comes back', () => {
    const shares = createShares(1)
    shares.take('one')
    shares.giveBack('one')

    expect(shares.take('other')).toBe(true)
  })
})
