import bcrypt from 'bcryptjs'
import { describe, expect, it } from 'vitest'
import { dummyVerify, hash, verify } from './password-hasher.worker.ts'

/** Made by passlib. */
const PBKDF2 = {
  ofSecret: '$pbkdf2-sha256$29000$FSIEoPQ.R6g1ZkxJaQ1BKA$hzA8tvnLuZxALFvRRpLiS/cqNV6p2a0sYZLf6RDfpj0',
  ofEightyLetters: '$pbkdf2-sha256$1000$W6uV0tpbKwXAOCfkvPfe.w$uIq6fRTD8lcJqQlBnBnkv1GjdVlbbWGHpF0fiiszZ4Y',
}

describe('comparing a password with a hash from passlib', () => {
  it('matches, and brings a bcrypt hash of the same password', () => {
    const { matches, rehashed } = verify({
      password: 'secret',
      hash: PBKDF2.ofSecret,
      cost: 5,
      account: 'enabled',
    })

    expect(matches).toBe(true)
    expect(bcrypt.getRounds(rehashed!)).toBe(5)
    expect(bcrypt.compareSync('secret', rehashed!)).toBe(true)
  })

  it('does not match another password', () => {
    expect(verify({ password: 'Secret', hash: PBKDF2.ofSecret, cost: 4, account: 'enabled' })).toEqual({
      matches: false,
      rehashed: undefined,
    })
  })

  it('keeps the hash of a password of more than 72 bytes, which bcrypt would cut', () => {
    expect(
      verify({ password: 'x'.repeat(80), hash: PBKDF2.ofEightyLetters, cost: 4, account: 'enabled' }),
    ).toEqual({
      matches: true,
      rehashed: undefined,
    })
  })

  it('takes a hash of no kind we know for a bug', () => {
    expect(() => verify({ password: 'secret', hash: 'secret', cost: 4, account: 'enabled' })).toThrow(
      'no kind',
    )
  })
})

describe('comparing a password', () => {
  it('matches a bcrypt hash that another system wrote with ones in the bits of no byte', () => {
    const ours = '$2b$04$EGdrhbKUv8Oc9vGiXX0HQOfGjluPfvGYb0Va54B2HRiqc3tcJqHcG'
    const theirs = `${ours.slice(0, 28)}P${ours.slice(29, 59)}H`

    expect(bcrypt.compareSync('secret', ours)).toBe(true)
    expect(bcrypt.compareSync('secret', theirs)).toBe(false)
    expect(verify({ password: 'secret', hash: theirs, cost: 4, account: 'enabled' }).matches).toBe(true)
  })

  it('matches its own hash, and asks for nothing when the cost is right', () => {
    expect(
      verify({
        password: 'secret',
        hash: hash({ password: 'secret', cost: 5 }),
        cost: 5,
        account: 'enabled',
      }),
    ).toEqual({
      matches: true,
      rehashed: undefined,
    })
  })

  it('brings a better hash of the same password when the stored one is cheaper', () => {
    const { matches, rehashed } = verify({
      password: 'secret',
      hash: bcrypt.hashSync('secret', 4),
      cost: 5,
      account: 'enabled',
    })

    expect(matches).toBe(true)
    expect(bcrypt.getRounds(rehashed!)).toBe(5)
    expect(bcrypt.compareSync('secret', rehashed!)).toBe(true)
  })

  it('matches a disabled account’s password and makes no better hash of it', () => {
    expect(
      verify({ password: 'secret', hash: bcrypt.hashSync('secret', 4), cost: 5, account: 'disabled' }),
    ).toEqual({ matches: true, rehashed: undefined })
  })

  it('keeps a hash that costs more than is asked for today', () => {
    expect(
      verify({ password: 'secret', hash: bcrypt.hashSync('secret', 6), cost: 5, account: 'enabled' })
        .rehashed,
    ).toBeUndefined()
  })

  it('takes as long for an unknown user, a cheap hash, one from passlib and a wrong password', () => {
    const cost = 9
    const cases = {
      unknown: () => dummyVerify({ password: 'wrong', cost }),
      wrong: () => verify({ password: 'wrong', hash: known, cost, account: 'enabled' }),
      cheap: () => verify({ password: 'wrong', hash: cheap, cost, account: 'enabled' }),
      fromPasslib: () => verify({ password: 'wrong', hash: PBKDF2.ofSecret, cost, account: 'enabled' }),
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
