/** A stored password hash, taken apart: ours, or one that came from another system. */
export type PasswordHash =
  | {
      readonly kind: 'bcrypt'
      readonly cost: number
      /** The hash in the one spelling of its bytes, which is what bcrypt itself would write. */
      readonly canonical: string
    }
  | {
      readonly kind: 'pbkdf2-sha256'
      readonly rounds: number
      readonly salt: Buffer
      readonly checksum: Buffer
    }

/** A cost of 16 takes seconds for every sign-in: more would let anybody who knows a user name keep the server busy. */
const BCRYPT_COST = { least: 4, most: 16 } as const

/** RFC 8018 §4.2 asks for 1000 at least; a million takes as long as bcrypt at a cost of 11 to 12. */
const PBKDF2_ROUNDS = { least: 1_000, most: 1_000_000 } as const

/** In bytes. RFC 8018 §4.1 asks for eight at least; passlib writes sixteen. */
const PBKDF2_SALT = { least: 8, most: 64 } as const

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
const BCRYPT_ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const PBKDF2 = /^\$pbkdf2-sha256\$([1-9]\d{0,9})\$([./A-Za-z0-9]+)\$([./A-Za-z0-9]{43})$/

/** Takes a hash apart: bcrypt as everyone writes it, or passlib's `pbkdf2_sha256`; `undefined` when it is neither. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const cost = BCRYPT.exec(text)?.[1]
  if (cost !== undefined) return { kind: 'bcrypt', cost: Number(cost), canonical: canonicalBcrypt(text) }

  const [, rounds, saltText = '', checksumText = ''] = PBKDF2.exec(text) ?? []
  const salt = decodeAdaptedBase64(saltText)
  const checksum = decodeAdaptedBase64(checksumText)
  if (rounds === undefined || !salt || !checksum) return undefined
  return { kind: 'pbkdf2-sha256', rounds: Number(rounds), salt, checksum }
}

/**
 * Says what keeps a text from being a password hash that may be stored, as the end of a sentence; `undefined` when it
 * is one. Asked where a hash is set, so that a sign-in never meets one that is broken or takes minutes.
 */
export function passwordHashProblem(text: string): string | undefined {
  const hash = parsePasswordHash(text)
  switch (hash?.kind) {
    case undefined:
      return "must be a bcrypt hash ($2b$…) or one of passlib's pbkdf2_sha256 ($pbkdf2-sha256$…)"
    case 'bcrypt':
      return rangeProblem('a bcrypt cost', hash.cost, BCRYPT_COST)
    case 'pbkdf2-sha256':
      return (
        rangeProblem('rounds', hash.rounds, PBKDF2_ROUNDS) ??
        rangeProblem('bytes of salt', hash.salt.length, PBKDF2_SALT)
      )
    default:
      throw hash satisfies never
  }
}

function rangeProblem(
  what: string,
  number: number,
  { least, most }: { readonly least: number; readonly most: number },
): string | undefined {
  return number < least || number > most ? `must have ${what} from ${least} to ${most}` : undefined
}

/**
 * Sets the bits to zero that belong to no byte: the last letter of the salt has four of them, the last of the digest
 * two. Other systems have written some of them as ones, and a comparison of texts would then never match.
 */
function canonicalBcrypt(text: string): string {
  const salt = text.slice(0, 28) + withoutBits(text.charAt(28), 0b1111)
  return salt + text.slice(29, 59) + withoutBits(text.charAt(59), 0b11)
}

function withoutBits(letter: string, bits: number): string {
  return BCRYPT_ALPHABET.charAt(BCRYPT_ALPHABET.indexOf(letter) & ~bits)
}

/** passlib's `ab64`: base64 with `.` for `+` and no padding. One spelling for every sequence of bytes, or none. */
function decodeAdaptedBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text.replaceAll('.', '+'), 'base64')
  const spelling = bytes.toString('base64').replace(/=+$/, '').replaceAll('+', '.')
  return spelling === text && text !== '' ? bytes : undefined
}

/**
 * The one form in which a new password is hashed (RFC 8265 §4.2): NFC, with every kind of space as the ordinary one. The
 * same password typed on another system is then the same.
 */
export function normalizePassword(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC')
}

/**
 * What a typed password may have been hashed as, in the order to try: as it was typed, which is how another system
 * hashed it before its hash was imported, then in its one form. Depends on nothing but the typed text.
 */
export function spellingsOf(password: string): readonly string[] {
  return [...new Set([password, normalizePassword(password)])]
}
