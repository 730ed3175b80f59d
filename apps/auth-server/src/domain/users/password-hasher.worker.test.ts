import bcrypt from 'bcryptjs'
import { describe, expect, it } from 'vitest'
import { hash, pretend, verify } from './password-hasher.worker.ts'

describe('comparing a password', () => {
  it('matches its own hash, and asks for nothing when the cost is right', () => {
    expect(verify({ password: 'secret', hash: hash({ password: 'secret', cost: 5 }), cost: 5 })).toEqual({
      matches: true,
      upgraded: undefined,
    })
  })

  it('brings a better hash of the same password when the stored one is cheaper', () => {
    const { matches, upgraded } = verify({ password: 'secret', hash: bcrypt.hashSync('secret', 4), cost: 5 })

    expect(matches).toBe(true)
    expect(bcrypt.getRounds(upgraded!)).toBe(5)
    expect(bcrypt.compareSync('secret', upgraded!)).toBe(true)
  })

  it('keeps a hash that costs more than is asked for today', () => {
    expect(
      verify({ password: 'secret', hash: bcrypt.hashSync('secret', 6), cost: 5 }).upgraded,
    ).toBeUndefined()
  })

  it('takes as long for an unknown user, a cheap hash and a wrong password', () => {
    const cost = 9
    const cases = {
      unknown: () => pretend({ password: 'wrong', cost }),
      wrong: () => verify({ password: 'wrong', hash: known, cost }),
      cheap: () => verify({ password: 'wrong', hash: cheap, cost }),
    }
    const known = bcrypt.hashSync('secret', cost)
    const cheap = bcrypt.hashSync('secret', 5)

    // Not how long, but how the three compare in one run: the fastest of several is what the work itself takes.
    const fastest = (work: () => void) =>
      Math.min(
        ...Array.from({ length: 7 }, () => {
          const start = performance.now()
          work()
          return performance.now() - start
        }),
      )
    const times = Object.values(cases).map(fastest)

    expect(Math.max(...times) / Math.min(...times)).toBeLessThan(2)
  })
})
