import { parsePasswordHash } from '../../domain/users/password-hash.ts'
import type { UserRecord } from '../../domain/users/user.ts'
import { instant, state } from '../output/terminal.ts'

/** A user as JSON, in the words of tokens and `/users/me`. Never a password hash, only what kind there is. */
export function userJson({ user, createdAt }: UserRecord) {
  return {
    sub: user.id,
    username: user.username,
    full_name: user.fullName ?? null,
    disabled: user.disabled,
    created_at: createdAt,
    password_hash_kind: parsePasswordHash(user.passwordHash)?.kind ?? null,
  }
}

/** A user as a row of the list. */
export function userRow({ user, createdAt }: UserRecord): readonly string[] {
  return [user.username, user.fullName ?? '', state(user), instant(createdAt), user.id]
}

/** A user as a table of their own. */
export function userTable(registered: UserRecord): readonly (readonly string[])[] {
  const { user, createdAt } = registered
  return [
    ['name', user.username],
    ['full name', user.fullName ?? ''],
    ['state', state(user)],
    ['created', instant(createdAt)],
    ['id', user.id],
    ['password hash', parsePasswordHash(user.passwordHash)?.kind ?? 'unknown'],
  ]
}
