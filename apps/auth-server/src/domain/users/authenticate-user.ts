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

/**
 * Finds the user a name and password belong to; `undefined`, after the same time, for an unknown name, a wrong password
 * and a disabled user. Throws `too_many_attempts` or `overloaded`. A hash cheaper than today's is replaced on the way:
 * the user that is returned has the hash which the password was found to match, as the database has it.
 */
export async function authenticateUser(
  deps: AuthenticateUserDeps,
  credentials: { readonly username: string; readonly password: string; readonly address: string },
): Promise<User | undefined> {
  const { throttle } = deps
  const { username, address } = credentials
  const attempt = throttle.attempt({ name: username, address })
  await attempt.admit()
  const leave = throttle.enter(address)
  try {
    const user = await findProvenUser(deps, credentials)
    if (!user) {
      await attempt.fail()
      return undefined
    }
    await attempt.admit()
    await attempt.succeed()
    return user
  } finally {
    leave()
  }
}

async function findProvenUser(
  { db, passwordHasher }: AuthenticateUserDeps,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<User | undefined> {
  for (;;) {
    const user = await findUserByName(db, username)
    if (!user) {
      await passwordHasher.pretend(password)
      return undefined
    }

    const { matches, upgraded } = await passwordHasher.verify(password, {
      hash: user.passwordHash,
      account: user.disabled ? 'disabled' : 'enabled',
    })
    if (!matches || user.disabled) return undefined
    if (upgraded === undefined) return user
    const replaced = await upgradePasswordHash(db, user.id, { from: user.passwordHash, to: upgraded })
    if (replaced) return { ...user, passwordHash: upgraded }
    // Somebody else was here: another sign-in that upgraded the hash, or a new password. The stored one decides.
  }
}
