import { describe, expect, it } from 'vitest'
import { CLAIM_NAMES, claimProblem, membershipsProblem, parseClaims } from './user-claims.ts'

const HTTPS = 'must be https'
const LINE = 'must have 1 to 200 characters'
const SEEN = 'must not hold a control character, nor any other that cannot be seen'
const DATE = 'must be YYYY-MM-DD, 0000-MM-DD or YYYY'
const EMAIL = 'must be an email address'
const PHONE = 'must be a phone number like +1 425 555 1212'
const ZONE = 'must be a time zone like Europe/Paris'

describe('a claim of a user [OIDC Core §5.1]', () => {
  it.each([
    ['given_name', 'Алиса'],
    ['family_name', 'van der Berg'],
    ['middle_name', 'Q.'],
    ['nickname', 'al 🐇'],
    ['profile', 'https://example.com/~alice'],
    ['picture', 'https://example.com/alice.png?size=64'],
    ['website', 'https://alice.example'],
    ['email', 'alice+tag@mail.example.com'],
    ['email', 'ålice@bücher.example'],
    ['email', 'alice@localhost'],
    ['email_verified', true],
    ['gender', 'female'],
    ['birthdate', '1990-02-28'],
    ['birthdate', '0000-02-29'],
    ['birthdate', '1990'],
    ['zoneinfo', 'Europe/Paris'],
    ['zoneinfo', 'America/Argentina/Buenos_Aires'],
    ['zoneinfo', 'UTC'],
    ['locale', 'pt-BR'],
    ['phone_number', '+1 (425) 555-1212'],
    ['phone_number', '+56 (2) 687 2400;ext=5678'],
    ['phone_number_verified', false],
    ['address', { formatted: 'A street 1\nA town', country: 'NL' }],
    ['address', { street_address: '1\r\n2', locality: 'x', region: 'y', postal_code: '1234 AB' }],
  ])('%s may be %j', (name, value) => {
    expect(claimProblem(name, value)).toBeUndefined()
  })

  it.each([
    ['given_name', '', LINE],
    ['given_name', 'x'.repeat(201), LINE],
    ['given_name', 'a\u202eb', SEEN],
    ['nickname', 'a\nb', SEEN],
    ['nickname', 7, 'must be a text'],
    ['nickname', null, 'must be a text'],
    ['picture', 'http://example.com/alice.png', HTTPS],
    ['picture', 'javascript:alert(1)', HTTPS],
    ['website', 'https://user@example.com', 'must not have a user name'],
    ['profile', 'alice', 'must be an absolute URI'],
    ['email', 'alice', EMAIL],
    ['email', '@example.com', EMAIL],
    ['email', 'alice@', EMAIL],
    ['email', 'a@b@example.com', EMAIL],
    ['email', 'a b@example.com', EMAIL],
    ['email', '.a@example.com', EMAIL],
    ['email', 'a..b@example.com', EMAIL],
    ['email', 'a@-example.com', EMAIL],
    ['email', 'a@example..com', EMAIL],
    ['email', 'Alice <alice@example.com>', EMAIL],
    ['email', 'alice@example.com\nbcc: x', EMAIL],
    ['email', `${'x'.repeat(251)}@b.c`, EMAIL],
    ['email_verified', 'true', 'must be true or false'],
    ['email_verified', 1, 'must be true or false'],
    ['birthdate', '1990-02-29', DATE],
    ['birthdate', '1990-13-01', DATE],
    ['birthdate', '1990-2-1', DATE],
    ['birthdate', '0000', DATE],
    ['birthdate', '28.02.1990', DATE],
    ['birthdate', '1990-02-28T00:00', DATE],
    ['zoneinfo', 'Mars/Olympus', ZONE],
    ['zoneinfo', '+02:00', ZONE],
    ['zoneinfo', 'Europe/Paris; x', ZONE],
    ['locale', 'en_US', 'must be a language tag like en or pt-BR'],
    ['locale', '', 'must be a language tag like en or pt-BR'],
    ['locale', `en-x${'-abcdefgh'.repeat(8)}`, 'must have 64 characters at most'],
    ['phone_number', '425 555 1212', PHONE],
    ['phone_number', '+1', PHONE],
    ['phone_number', '+1234567890123456', PHONE],
    ['phone_number', '+1 425 call me', PHONE],
    ['phone_number', '+1 425 555 1212;ext=', PHONE],
    ['address', {}, 'must have some of formatted, street_address, locality, region, postal_code, country'],
    [
      'address',
      'here',
      'must have some of formatted, street_address, locality, region, postal_code, country',
    ],
    ['address', ['x'], 'must have some of formatted, street_address, locality, region, postal_code, country'],
    ['address', { locality: 'a\nb' }, `has a locality that ${SEEN}`],
    ['address', { country: 7 }, 'has a country that must be a text'],
    ['address', { formatted: 'x'.repeat(1001) }, 'has a formatted that must have 1 to 1000 characters'],
    [
      'address',
      { planet: 'x' },
      'has a member nobody knows: they are formatted, street_address, locality, region, postal_code, country',
    ],
  ])('%s may not be %j', (name, value, problem) => {
    expect(claimProblem(name, value)).toBe(problem)
  })

  it.each([
    'sub',
    'iss',
    'name',
    'preferred_username',
    'updated_at',
    'roles',
    'constructor',
    '__proto__',
    '',
  ])('is not %j: that is said elsewhere, or by nobody', (name) => {
    expect(claimProblem(name, 'x')).toBe(`is no claim of a user: they are ${CLAIM_NAMES.join(', ')}`)
  })

  it('is left out when a stored one is none', () => {
    expect(parseClaims({ sub: 'x', email: 7, nickname: 'al', email_verified: true })).toEqual({
      nickname: 'al',
      email_verified: true,
    })
  })
})

describe('the roles and groups of a user', () => {
  it.each([
    [[]],
    [['admin']],
    [['a role', 'ы'.repeat(64)]],
    [Array.from({ length: 100 }, (_, n) => `r${n}`)],
  ])('may be %j', (names) => {
    expect(membershipsProblem(names)).toBeUndefined()
  })

  it.each([
    [[''], 'must each have 1 to 64 visible characters, without a space at the ends'],
    [[' a'], 'must each have 1 to 64 visible characters, without a space at the ends'],
    [['a', 'b\n'], 'must each have 1 to 64 visible characters, without a space at the ends'],
    [['a\u200bb'], 'must each have 1 to 64 visible characters, without a space at the ends'],
    [['x'.repeat(65)], 'must each have 1 to 64 visible characters, without a space at the ends'],
    [['a', 'a'], 'must not have one twice'],
    [Array.from({ length: 101 }, (_, n) => `r${n}`), 'must be 100 at most'],
  ])('may not be %j', (names, problem) => {
    expect(membershipsProblem(names)).toBe(problem)
  })
})
