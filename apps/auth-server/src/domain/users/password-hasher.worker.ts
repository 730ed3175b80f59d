import { pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import bcrypt from 'bcryptjs'
import { normalizePassword, type PasswordHash, parsePasswordHash, spellingsOf } from './password-hash.ts'

/** A password to compare with a hash, and the cost that every comparison has to take. */
export interface VerifyTask {
  readonly password: string
  readonly hash: string
  readonly cost: number
  /** A disabled account takes as long as a failure, right password or not: better hashing it would tell. */
  readonly account: 'enabled' | 'disabled'
}

export interface Verification {
  readonly matches: boolean
  /** A hash of the same password at the wanted cost, when it matched a cheaper one or one of another kind. */
  readonly rehashed: string | undefined
}

/** The lowest cost of bcrypt. */
const MIN_BCRYPT_COST = 4

/** A bcrypt hash of the given cost that matches no known password. */
function hashNobodyMatches(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(22)}${'.'.repeat(31)}`
}

/**
 * Compares each spelling of the password until one matches, in a time that does not tell which hash was there, as far as
 * it goes: see the two kinds.
 */
export function verify(task: VerifyTask): Verification {
  const stored = parsePasswordHash(task.hash)
  // Refused where hashes are set, so this is a bug or a row that somebody wrote by hand.
  if (!stored) throw new Error('a stored password hash is of no kind this server knows')

  let matches = false
  for (const password of spellingsOf(task.password)) {
    const spelled = { ...task, password }
    const verification =
      stored.kind === 'bcrypt' ? verifyBcrypt(spelled, stored) : verifyPbkdf2(spelled, stored)
    matches ||= verification.matches
    if (matches && task.account === 'enabled') return verification
  }
  return { matches, rehashed: undefined }
}

/**
 * After a failure against a hash of a lower cost c, a comparison at each of c, c+1, … below the wanted cost n makes up
 * the difference, since 2^c + (2^c + … + 2^(n-1)) = 2^n. An imported hash of a higher cost takes longer and shows.
 */
function verifyBcrypt(
  { password, cost, account }: VerifyTask,
  stored: Extract<PasswordHash, { kind: 'bcrypt' }>,
): Verification {
  const matches = bcrypt.compareSync(password, stored.canonical) && !bcrypt.truncates(password)
  if (matches && account === 'enabled') {
    return { matches, rehashed: stored.cost < cost ? bcrypt.hashSync(password, cost) : undefined }
  }

  for (let c = stored.cost; c < cost; c++) bcrypt.compareSync(password, hashNobodyMatches(c))
  return { matches, rehashed: undefined }
}

/**
 * A hash from passlib. It is replaced by bcrypt's when the password fits in the 72 bytes that bcrypt reads; a longer
 * one keeps its hash, and still signs in.
 */
function verifyPbkdf2(
  { password, cost, account }: VerifyTask,
  { rounds, salt, checksum }: Extract<PasswordHash, { kind: 'pbkdf2-sha256' }>,
): Verification {
  const start = performance.now()
  const computed = pbkdf2Sync(password, salt, rounds, checksum.length, 'sha256')
  const matches = timingSafeEqual(computed, checksum)
  if (matches && account === 'enabled') {
    return {
      matches: true,
      rehashed: bcrypt.truncates(password) ? undefined : bcrypt.hashSync(password, cost),
    }
  }
  fillUp({ password, cost }, performance.now() - start)
  return { matches, rehashed: undefined }
}

/**
 * Spends what a comparison at this cost takes beyond the milliseconds already spent. PBKDF2 and bcrypt have no unit in
 * common, so a comparison two steps cheaper tells what one takes on this machine now, and cheaper ones fill the rest.
 * The limits: it is right to some hundredths, not exactly; and rounds that take longer than the bcrypt cost (more than
 * half a million at the default, on a processor with instructions for SHA-256) show, until a sign-in replaces the hash.
 */
function fillUp({ password, cost }: { password: string; cost: number }, spent: number): void {
  const probe = Math.max(cost - 2, MIN_BCRYPT_COST)
  const start = performance.now()
  bcrypt.compareSync(password, hashNobodyMatches(probe))
  const probed = performance.now() - start

  const unit = probed / 2 ** probe
  let left = unit * 2 ** cost - probed - spent
  for (let c = cost - 1; c >= MIN_BCRYPT_COST; c--) {
    if (left < unit * 2 ** c) continue
    bcrypt.compareSync(password, hashNobodyMatches(c))
    left -= unit * 2 ** c
  }
}

/** Takes as long as a comparison at this cost, and never matches: for a user name that does not exist. */
export function dummyVerify({
  password,
  cost,
}: {
  readonly password: string
  readonly cost: number
}): Verification {
  for (const spelling of spellingsOf(password)) bcrypt.compareSync(spelling, hashNobodyMatches(cost))
  return { matches: false, rehashed: undefined }
}

/** A bcrypt hash of a new password, in its one form. The caller has refused passwords of more than 72 bytes. */
export function hash({ password, cost }: { readonly password: string; readonly cost: number }): string {
  return bcrypt.hashSync(normalizePassword(password), cost)
}
