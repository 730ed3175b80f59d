import type { Database } from '../../storage/database.ts'
import type { PasswordHasher } from './password-hasher.ts'
import type { SignInThrottle } from './sign-in-throttle.ts'
import type { User } from './user.ts'
import { findUserByName, upgradePasswordHash } from './user-store.ts'

export interface AuthenticateUserDeps {
  readonly db: Database
  readonly passwordHasher: PasswordHasher
  readonly throttle: SignInThrottle
}

/** What somebody who signs in presents, and from where. */
export interface UserCredentials {
  readonly username: string
  readonly password: string
  readonly network: string
}

/** The user who has authenticated. On a failure, the user whose name was given, if there is one: for the log alone. */
export type UserAuthentication =
  | { readonly kind: 'proven'; readonly user: User }
  | { readonly kind: 'failed'; readonly sub: string | undefined }

/**
 * Finds the user a name and password belong to; it fails, after the same time, for an unknown name, a wrong password
 * and a disabled user. Throws `too_many_attempts` or `overloaded`. A hash cheaper than today's is replaced on the way:
 * the user that is returned has the hash that the database then holds.
 */
export async function authenticateUser(
  deps: AuthenticateUserDeps,
  credentials: UserCredentials,
): Promise<UserAuthentication> {
  const { throttle } = deps
  const { username, network } = credentials
  const attempt = throttle.attempt({ name: username, network })
  await attempt.admit()
  const releaseEntry = throttle.reserveEntry(network)
  try {
    const outcome = await proveUser(deps, credentials)
    if (outcome.kind === 'failed') {
      await attempt.fail()
      return outcome
    }
    await attempt.admit()
    await attempt.succeed()
    return outcome
  } finally {
    releaseEntry()
  }
}

async function proveUser(
  { db, passwordHasher }: AuthenticateUserDeps,
  { username, password, network }: UserCredentials,
): Promise<UserAuthentication> {
  for (;;) {
    const user = await findUserByName(db, username)
    if (!user) {
      await passwordHasher.dummyVerify(password, network)
      return { kind: 'failed', sub: undefined }
    }

    const { matches, rehashed } = await passwordHasher.verify(
      password,
      { hash: user.passwordHash, account: user.disabled ? 'disabled' : 'enabled' },
      network,
    )
    if (!matches || user.disabled) return { kind: 'failed', sub: user.id }
    if (rehashed === undefined) return { kind: 'proven', user }
    const replaced = await upgradePasswordHash(db, user.id, { from: user.passwordHash, to: rehashed })
    if (replaced) return { kind: 'proven', user: { ...user, passwordHash: rehashed } }
    // The hash has changed: by another sign-in that rehashed the password, or by a new password. The stored one decides.
  }
}
