import { Refusal } from '../output/refusal.ts'

/** A header as copied from a request, with or without its name (RFC 6750 §2.1). */
const HEADER = /^(?:authorization:[ \t]*)?bearer[ \t]+(\S+)[ \t]*$/im

/** Three parts, the first of which begins like JSON in base64url. */
const TOKEN = /eyJ[\w-]*\.[\w-]+\.[\w-]+/.source

/** Only a token, perhaps in quotes or brackets. */
const ALONE = new RegExp(`^["'\`<]*(${TOKEN})["'\`>;,]*$`)

/** A token in a line of other text, such as a command or a setting. */
const WITHIN = new RegExp(`(?<=^|[\\s"'\`<=:(,])(${TOKEN})(?=$|[\\s"'\`>&;),])`)

/** The token in the text that somebody pasted, and whether a server would have refused the text as it was. */
export interface PresentedToken {
  readonly token: string
  readonly leftOut: boolean
}

/** Finds the access token in a pasted text: a token, a token response, a header, or a line that contains the token. */
export function presentedToken(text: string): PresentedToken {
  const document = parseJson(text)
  if (typeof document === 'string') return { token: document, leftOut: false }
  if (typeof document === 'object' && document !== null) {
    if ('access_token' in document && typeof document.access_token === 'string') {
      return { token: document.access_token, leftOut: false }
    }
    throw new Refusal('The JSON on standard input has no access_token.')
  }
  const asItIs = HEADER.exec(text)?.[1] ?? text
  // Line breaks that a terminal or a mail adds are not part of a token that stands alone.
  const token = (ALONE.exec(asItIs.replace(/\s+/g, '')) ?? WITHIN.exec(text))?.[1] ?? asItIs
  return { token, leftOut: token !== asItIs }
}

/** The audiences that a token names. Nothing in it is proven yet. */
export function unprovenAudiences(token: string): readonly string[] {
  const audience = unprovenClaims(token)?.aud
  const listed: readonly unknown[] = Array.isArray(audience) ? audience : [audience]
  return listed.filter((one) => typeof one === 'string')
}

/** The claims of a token. Trust them only after its signature and type are proven. */
export function unprovenClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  const claims = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
  return typeof claims === 'object' && claims !== null ? { ...claims } : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
