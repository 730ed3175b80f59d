import type { Database } from '../../storage/database.ts'
import type { PasswordHasher } from './password-hasher.ts'
import type { SignInAttempt, SignInThrottle } from './sign-in-throttle.ts'
import type { User } from './user.ts'
import { findUserByName, upgradePasswordHash } from './user-store.ts'

export interface AuthenticateUserDeps {
  readonly db: Database
  readonly passwordHasher: PasswordHasher
  readonly throttle: SignInThrottle
}

/**
 * Finds the user a name and password belong to; `undefined`, after the same time, for an unknown name, a wrong password
 * and a disabled user. Throws `too_many_attempts` or `overloaded`. A hash cheaper than today's is replaced on the way.
 */
export async function authenticateUser(
  { db, passwordHasher, throttle }: AuthenticateUserDeps,
  attempt: SignInAttempt & { readonly password: string },
): Promise<User | undefined> {
  await throttle.admit(attempt)
  const user = await findUserByName(db, attempt.username)
  const { matches, upgraded } = user
    ? await passwordHasher.verify(attempt.password, user.passwordHash)
    : await passwordHasher.pretend(attempt.password)

  if (!user || !matches || user.disabled) {
    await throttle.countFailure(attempt)
    return undefined
  }
  await throttle.admit(attempt)
  if (upgraded !== undefined) {
    await upgradePasswordHash(db, user.id, { from: user.passwordHash, to: upgraded })
  }
  return user
}
