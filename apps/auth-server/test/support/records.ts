import type { AuthorizationRecord } from '../../src/domain/authorizations/authorization.ts'
import type { UnusedRefreshToken } from '../../src/domain/authorizations/refresh-token-store.ts'
import type { SigningKey } from '../../src/domain/keys/signing-key.ts'
import type { Resource } from '../../src/domain/resources/resource.ts'
import type { User } from '../../src/domain/users/user.ts'
import { AUDIENCE } from './test-server.ts'

/** A user as the domain knows one, alice unless said otherwise; her password is nobody's business. */
export function aUser(differences: Partial<User> = {}): User {
  return {
    id: 'usr_alice',
    username: 'alice',
    fullName: 'Alice Wonderland',
    passwordHash: '$2b$04$nothing',
    disabled: false,
    claims: {},
    roles: [],
    groups: [],
    updatedAt: 1_000,
    ...differences,
  }
}

/** A signing key as the database remembers it, active unless said otherwise; it signs nothing. */
export function aSigningKey(differences: Partial<SigningKey> = {}): SigningKey {
  return {
    kid: 'key',
    algorithm: 'RS256',
    publicJwk: { kty: 'RSA', kid: 'key', n: 'AQAB', e: 'AQAB' },
    privateJwe: 'a.b.c.d.e',
    publishedAt: 1_000,
    signsFrom: 1_000,
    activatedAt: 1_000,
    retiredAt: undefined,
    tokensExpireAt: 2_800,
    ...differences,
  }
}

/** A resource that knows the scope value `profile`, and that nobody may ask about. */
export function aResource(differences: Partial<Resource> = {}): Resource {
  return {
    audience: AUDIENCE,
    scope: ['profile'],
    introspectors: [],
    tokenType: 'at+jwt',
    descriptions: {},
    ...differences,
  }
}

/** An authorization as the database remembers it: alice's, for the client `app`, standing. */
export function anAuthorization(differences: Partial<AuthorizationRecord> = {}): AuthorizationRecord {
  return {
    id: 'az_one',
    clientId: 'app',
    subject: 'usr_alice',
    scope: ['profile'],
    audience: [AUDIENCE],
    authenticatedAt: 1_000,
    tokensExpireAt: 2_800,
    refreshExpiresAt: 9_000,
    status: undefined,
    revoked: false,
    ...differences,
  }
}

/** A refresh token as the database remembers it, the first of the chain of `az_one`; nobody has it. */
export function aRefreshToken(differences: Partial<UnusedRefreshToken> = {}): UnusedRefreshToken {
  return {
    hash: 'one',
    authorizationId: 'az_one',
    issuedAt: 1_000,
    expiresAt: 9_000,
    chainKey: 'ck_one',
    predecessorHash: undefined,
    ...differences,
  }
}
