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
  await throttle.begin(attempt)
  let failed = false
  try {
    const user = await findUserByName(db, attempt.username)
    if (!user) {
      await passwordHasher.pretend(attempt.password)
      failed = true
      return undefined
    }

    const { matches, upgraded } = await passwordHasher.verify(attempt.password, user.passwordHash)
    failed = !matches || user.disabled
    if (failed) return undefined
    if (upgraded !== undefined) {
      await upgradePasswordHash(db, user.id, { from: user.passwordHash, to: upgraded })
    }
    return user
  } finally {
    // A system fault is not the visitor's wrong password.
    if (!failed) await throttle.forgive(attempt)
  }
}
