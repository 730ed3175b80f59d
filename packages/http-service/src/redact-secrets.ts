/** A JWT, whole or cut off, or one of our secrets: its kind, an underscore, and at least 20 characters of base64url. */
const SECRET_SHAPES = /\beyJ[\w-]{8,}(?:\.[\w-]*)*|\b(?:rt|ac|cs)_[\w-]{20,}/g

/** Replaces everything in a text that looks like a token or one of our secrets: the last protection for every log line. */
export function redactSecrets(text: string): string {
  return text.replace(SECRET_SHAPES, '[redacted]')
}
