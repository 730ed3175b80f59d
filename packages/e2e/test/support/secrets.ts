import { randomBytes } from 'node:crypto'

/** Secrets of a test, each by a name, and the search for their traces. */
export interface Secrets {
  /** Makes one of characters that no encoding of a text changes. */
  readonly mint: (name: string) => string
  /** Remembers one that somebody else made. */
  readonly remember: (name: string, secret: string) => string
  /** The names of those that left a trace, in the order they were met. */
  readonly tracesIn: (text: string) => readonly string[]
}

/** Begins with none. */
export function createSecrets(): Secrets {
  const traces = new Map<string, readonly string[]>()
  const remember = (name: string, secret: string) => {
    traces.set(name, tracesOf(secret))
    return secret
  }
  return {
    mint: (name) => remember(name, `M${randomBytes(16).toString('hex')}`),
    remember,
    tracesIn: (text) =>
      [...traces].filter(([, all]) => all.some((trace) => text.includes(trace))).map(([name]) => name),
  }
}

/** All a secret may look like: as it is, each long part of it, in hexadecimal, and inside of something in base64. */
function tracesOf(secret: string): readonly string[] {
  const parts = [secret, ...secret.split(/[._]/).filter((part) => part.length >= 40)]
  // Every JWT of ours begins with the same header: that alone tells nothing.
  const telling = parts.filter((part) => part === secret || !isJoseHeader(part))
  return telling.flatMap((part) => [part, Buffer.from(part).toString('hex'), ...insideBase64(part)])
}

function isJoseHeader(part: string): boolean {
  return Buffer.from(part, 'base64url').toString().includes('"alg"')
}

/** What a text looks like in base64, wherever it begins; its edges depend on its neighbours and are left out. */
function insideBase64(text: string): readonly string[] {
  return [0, 1, 2].map((offset) =>
    Buffer.from(' '.repeat(offset) + text)
      .toString('base64url')
      .slice(offset === 0 ? 0 : 4, -4),
  )
}
