import bcrypt from 'bcryptjs'

/** A password to compare with a hash, and the cost that every comparison has to take. */
export interface VerifyTask {
  readonly password: string
  readonly hash: string
  readonly cost: number
}

export interface Verification {
  readonly matches: boolean
  /** A hash of the same password at the wanted cost, when it matched a cheaper one. */
  readonly upgraded: string | undefined
}

/** A bcrypt hash of the given cost that no password matches in practice: nobody has computed one that does. */
function hashNobodyMatches(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(22)}${'.'.repeat(31)}`
}

/**
 * Compares, in a time that does not tell which hash was there: after a failure against a hash of a lower cost c, a
 * comparison at each of c, c+1, … below the wanted cost n makes up the difference, since 2^c + (2^c + … + 2^(n-1)) = 2^n.
 */
export function verify({ password, hash, cost }: VerifyTask): Verification {
  const matches = bcrypt.compareSync(password, hash) && !bcrypt.truncates(password)
  const storedCost = bcrypt.getRounds(hash)
  if (matches) return { matches, upgraded: storedCost < cost ? bcrypt.hashSync(password, cost) : undefined }

  for (let c = storedCost; c < cost; c++) bcrypt.compareSync(password, hashNobodyMatches(c))
  return { matches, upgraded: undefined }
}

/** Spends what a comparison at this cost takes, and never matches; for a user who does not exist. */
export function pretend({
  password,
  cost,
}: {
  readonly password: string
  readonly cost: number
}): Verification {
  bcrypt.compareSync(password, hashNobodyMatches(cost))
  return { matches: false, upgraded: undefined }
}

/** A bcrypt hash. The caller has refused passwords of more than 72 bytes. */
export function hash({ password, cost }: { readonly password: string; readonly cost: number }): string {
  return bcrypt.hashSync(password, cost)
}
