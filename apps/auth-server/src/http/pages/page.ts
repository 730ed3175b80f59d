import { createHash } from 'node:crypto'
import { compilePage } from '@countersign/http-service'
import type { Context } from 'koa'
import { LANGUAGES, type Language } from '../languages/choose-language.ts'
import type { Texts } from '../languages/en.ts'
import { PAGE_SCRIPT } from './page-script.ts'
import { PAGE_STYLE } from './page-style.ts'

/*
 * The pages on which a person signs in, chooses, consents and signs out, one function each. This folder owns how they look
 * and what their forms send; it decides nothing and reads no row. Everything works without the script.
 *
 * A page with a form takes `redirectUri`, where the answer to the form may lead. The sign-in can always be cancelled.
 * The pages send no Cross-Origin-Opener-Policy: it would cut off the client that opened a window to sign in.
 */

/** A rendered page, and what its Content-Security-Policy has to let through besides what all of them need. */
export interface Page {
  readonly html: string
  readonly csp: {
    readonly formAction: readonly string[]
    readonly imgSrc: readonly string[]
    readonly scriptSrc: readonly string[]
  }
}

/** The client as a person sees it: its registered name, else its id. */
export interface PageClient {
  readonly name: string
  readonly logoUri?: string | undefined
}

export interface PageUser {
  readonly username: string
  readonly name?: string | undefined
}

/** What the frame of a page shows, where there is such. */
interface Framed {
  readonly displayName?: string | undefined
  readonly client?: PageClient | undefined
}

interface PageDefinition<Data> {
  readonly template: string
  readonly title: (texts: Texts, data: Data) => string
  /** What the template uses besides the data, the texts and the client's logo. */
  readonly derive?: (data: Data, texts: Texts, language: Language) => object
  /** Where its form may lead, as sources of a policy (CSP 3 §2.3.1). */
  readonly formAction: (data: Data) => readonly string[]
  readonly script: 'none' | 'ours'
}

/** Makes a function that renders a page: `it` of the template is the data, the texts `t` and what is derived. */
export function definePage<Data extends Framed>(
  definition: PageDefinition<Data>,
): (data: Data, language: Language) => Page {
  const render = compilePage(HEADER + definition.template)
  const { src } = PAGE_SCRIPT
  const scripted = definition.script === 'ours'

  return (data, language) => {
    const t = LANGUAGES[language]
    const title = definition.title(t, data)
    const logo = logoOf(data.client?.logoUri)
    const shown = { ...data, t, title, logo: logo?.uri, initial, ...definition.derive?.(data, t, language) }
    const frame = { language, title, style: PAGE_STYLE, script: scripted ? src : undefined }
    return {
      html: render(shown, frame),
      csp: {
        formAction: definition.formAction(data),
        imgSrc: logo ? [logo.origin] : [],
        scriptSrc: scripted ? ["'self'"] : [],
      },
    }
  }
}

/** Answers with a page: never cached, never framed, and it loads nothing but its logo and our script. */
export function answerWithPage(ctx: Context, { html, csp }: Page, status: number): void {
  const policy = [
    "default-src 'none'",
    `style-src ${STYLE_SOURCE}`,
    `img-src ${['data:', ...csp.imgSrc].join(' ')}`,
    ...(csp.scriptSrc.length > 0 ? [`script-src ${csp.scriptSrc.join(' ')}`] : []),
    "base-uri 'none'",
    `form-action ${csp.formAction.length > 0 ? csp.formAction.join(' ') : "'none'"}`,
    "frame-ancestors 'none'",
  ]
  ctx.status = status
  ctx.set({
    'cache-control': 'no-store',
    'content-security-policy': policy.join('; '),
    'content-type': 'text/html; charset=utf-8',
    // Not `no-referrer`: with it a browser sends our own forms with `Origin: null`, like those of a stranger.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  })
  ctx.body = html
}

const STYLE_SOURCE = `'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'`

/** A host that a policy can name (CSP 3 §2.3.1): no `;` or `,`, which a URL may hold, and no address of IPv6. */
const NAMEABLE_ORIGIN = /^https?:\/\/[\w.-]+(?::\d+)?$/

/** Where a form of ours may lead: to us, and from there on to the redirect URI, which Chromium checks as well. */
export function formActionTo(redirectUri: string | undefined): readonly string[] {
  if (redirectUri === undefined) return ["'self'"]
  return ["'self'", sourceOf(redirectUri)]
}

/** The origin of a URL as a source; its scheme alone where a policy cannot name the rest. */
export function sourceOf(uri: string): string {
  const { origin, protocol } = new URL(uri)
  return NAMEABLE_ORIGIN.test(origin) ? origin : protocol
}

/** A logo, if it is one that a browser may load: by https, from an origin that the policy can name. */
function logoOf(uri: string | undefined): { readonly uri: string; readonly origin: string } | undefined {
  if (uri === undefined || !URL.canParse(uri)) return undefined
  const { href, origin, protocol } = new URL(uri)
  return protocol === 'https:' && NAMEABLE_ORIGIN.test(origin) ? { uri: href, origin } : undefined
}

/** What stands for a name without a picture: its first letter, whatever the script. */
function initial(name: string): string {
  return /[\p{L}\p{N}]\p{M}*/u.exec(name)?.[0].toUpperCase() ?? '·'
}

const HEADER = `<header class="brand"><img src="<%= it.mark %>" alt="" width="28" height="28">
<% if (it.displayName) { %>
<span><%= it.displayName %></span>
<% } %>
</header>
`
