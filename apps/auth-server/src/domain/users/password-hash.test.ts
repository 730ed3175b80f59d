import { describe, expect, it } from 'vitest'
import { parsePasswordHash, passwordHashProblem } from './password-hash.ts'

/** Made by passlib, of "secret". */
const PBKDF2 = '$pbkdf2-sha256$29000$FSIEoPQ.R6g1ZkxJaQ1BKA$hzA8tvnLuZxALFvRRpLiS/cqNV6p2a0sYZLf6RDfpj0'
const BCRYPT = `$2b$12$${'a'.repeat(21)}e${'a'.repeat(30)}u`

const UNKNOWN = "must be a bcrypt hash ($2b$…) or one of passlib's pbkdf2_sha256 ($pbkdf2-sha256$…)"

describe('a password hash', () => {
  it('is taken apart', () => {
    expect(parsePasswordHash(BCRYPT)).toEqual({ kind: 'bcrypt', cost: 12, canonical: BCRYPT })
    expect(parsePasswordHash(PBKDF2)).toEqual({
      kind: 'pbkdf2-sha256',
      rounds: 29000,
      salt: Buffer.from('152204a0f43e47a835664c49690d4128', 'hex'),
      checksum: expect.objectContaining({ length: 32 }),
    })
  })

  it('of bcrypt has one spelling, whatever stands in the bits that belong to no byte', () => {
    const spelledOtherwise = `$2b$12$${'a'.repeat(21)}h${'a'.repeat(30)}x`

    expect(parsePasswordHash(spelledOtherwise)).toMatchObject({ canonical: BCRYPT })
    expect(passwordHashProblem(spelledOtherwise)).toBeUndefined()
  })

  it.each([BCRYPT, BCRYPT.replace('2b', '2a'), BCRYPT.replace('2b', '2y'), PBKDF2])('may be %s', (hash) => {
    expect(passwordHashProblem(hash)).toBeUndefined()
  })

  it.each([
    ['no hash', 'secret', UNKNOWN],
    ['empty', '', UNKNOWN],
    ['cut', PBKDF2.slice(0, -1), UNKNOWN],
    ['padded', `${PBKDF2}=`, UNKNOWN],
    ['of two spellings of the same bytes', PBKDF2.replace('Dfpj0', 'Dfpj1'), UNKNOWN],
    ['of ordinary base64', PBKDF2.replace('Q.R', 'Q+R'), UNKNOWN],
    ['of Django', PBKDF2.replace('$pbkdf2-sha256', 'pbkdf2_sha256'), UNKNOWN],
    ['of another digest', PBKDF2.replace('sha256', 'sha512'), UNKNOWN],
    ['of rounds with a zero in front', PBKDF2.replace('29000', '029000'), UNKNOWN],
    ['of too few rounds', PBKDF2.replace('29000', '999'), 'must have rounds from 1000 to 1000000'],
    [
      'of rounds that would take minutes',
      PBKDF2.replace('29000', '1000001'),
      'must have rounds from 1000 to 1000000',
    ],
    [
      'of a salt that is short',
      PBKDF2.replace('FSIEoPQ.R6g1ZkxJaQ1BKA', 'FSIE'),
      'must have bytes of salt from 8 to 64',
    ],
    [
      'of a cost that would take minutes',
      BCRYPT.replace('$12$', '$31$'),
      'must have a bcrypt cost from 4 to 16',
    ],
    ['of a broken bcrypt', BCRYPT.replace('2b', '2x'), UNKNOWN],
    ['a cut bcrypt', BCRYPT.slice(0, -1), UNKNOWN],
  ])('may not be %s', (_, hash, problem) => {
    expect(passwordHashProblem(hash)).toBe(problem)
  })
})
