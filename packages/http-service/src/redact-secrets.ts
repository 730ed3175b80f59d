/** A JWT, whole or cut, and a secret of ours: its kind, an underscore, at least 20 characters of base64url. */
const SECRET_SHAPES = /\beyJ[\w-]{8,}(?:\.[\w-]*)*|\b(?:rt|ac|cs)_[\w-]{20,}/g

/** Replaces whatever looks like a token or a secret of ours in a text: the last net under every log line. */
export function redactSecrets(text: string): string {
  return text.replace(SECRET_SHAPES, '[redacted]')
}
