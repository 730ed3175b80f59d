import { describe, expect, it } from 'vitest'
import { CLAIMS_ABOUT_USERS, claimsFor, claimsNamed } from './claims-for.ts'
import type { User } from './user.ts'

const ADDRESS = { country: 'NL' }
const USER: User = {
  id: 'usr_alice',
  username: 'alice',
  fullName: 'Alice Wonderland',
  passwordHash: 'a hash',
  disabled: false,
  claims: {
    given_name: 'Alice',
    birthdate: '1990',
    email: 'alice@example.com',
    email_verified: false,
    phone_number: '+1 425 555 1212',
    address: ADDRESS,
  },
  roles: ['admin'],
  groups: ['staff'],
  updatedAt: 1_000,
}

describe('the claims about a user [OIDC Core §5.4]', () => {
  it.each([
    ['openid', {}],
    [
      'profile',
      {
        name: 'Alice Wonderland',
        given_name: 'Alice',
        preferred_username: 'alice',
        birthdate: '1990',
        updated_at: 1_000,
      },
    ],
    ['email', { email: 'alice@example.com', email_verified: false }],
    ['phone', { phone_number: '+1 425 555 1212' }],
    ['address', { address: ADDRESS }],
    ['roles', { roles: ['admin'] }],
    ['groups', { groups: ['staff'] }],
    ['offline_access', {}],
    ['orders', {}],
    ['constructor', {}],
  ])('with the scope %s are what it releases', (value, claims) => {
    expect(claimsFor(USER, [value])).toEqual(claims)
  })

  it('with several are what any of them releases', () => {
    expect(claimsFor(USER, ['openid', 'phone', 'roles'])).toEqual({
      phone_number: '+1 425 555 1212',
      roles: ['admin'],
    })
  })

  it('leave out what there is nothing to say of', () => {
    const nobody: User = { ...USER, fullName: undefined, claims: {}, roles: [], groups: [] }

    expect(claimsFor(nobody, ['profile', 'email', 'roles', 'groups'])).toEqual({
      preferred_username: 'alice',
      updated_at: 1_000,
    })
  })

  it('are found by name, and never include anything else of the user', () => {
    const names = ['email', 'passwordHash', 'id', 'disabled', 'claims', '__proto__', 'nickname']

    expect(claimsNamed(USER, names)).toEqual({ email: 'alice@example.com' })
    expect(Object.keys(claimsNamed(USER, CLAIMS_ABOUT_USERS)).sort()).toEqual([
      'address',
      'birthdate',
      'email',
      'email_verified',
      'given_name',
      'groups',
      'name',
      'phone_number',
      'preferred_username',
      'roles',
      'updated_at',
    ])
  })
})
