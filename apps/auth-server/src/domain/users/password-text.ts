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
