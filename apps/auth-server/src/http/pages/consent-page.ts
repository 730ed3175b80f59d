import type { Texts } from '../languages/en.ts'
import { definePage, formActionTo, type PageClient, type PageUser } from './page.ts'
import { ACCOUNT, AUTHORIZATION_REQUEST, CLIENT_LOGO } from './page-parts.ts'

export interface ConsentPageData {
  readonly displayName: string
  readonly client: PageClient
  readonly redirectUri: string
  readonly authorizationRequest: string
  readonly user: PageUser
  /** The requested scope; a text is the resource's own description of the value. */
  readonly items: readonly { readonly value: string; readonly text?: string | undefined }[]
  /** The resources the access is for, besides this server. */
  readonly resources: readonly string[]
}

/** Both answers look alike: the page does not push. */
const TEMPLATE = `<section class="card">
${CLIENT_LOGO}<h1><%= it.title %></h1>
<div class="account">
${ACCOUNT}</div>
<h2><%= it.t.consent.asks(it.client.name) %></h2>
<ul class="asked">
<% for (const text of it.asked) { %>
<li><%= text %></li>
<% } %>
</ul>
<% if (it.resources.length > 0) { %>
<p class="soft"><%= it.t.consent.resources %>
<% for (const [index, resource] of it.resources.entries()) { %>
<%= index > 0 ? ', ' : ' ' %><span class="address"><%= resource %></span><% } %>.</p>
<% } %>
<form class="answers" method="post" action="/authorize">
${AUTHORIZATION_REQUEST}<button class="plain" name="action" value="deny"><%= it.t.consent.deny %></button>
<button class="plain" name="action" value="allow"><%= it.t.consent.allow %></button>
</form>
<p class="soft note"><%= it.returns %></p>
</section>
`

/** Where a person allows a client what it asks for, or denies it. */
export const consentPage = definePage<ConsentPageData>({
  template: TEMPLATE,
  title: (texts, { client }) => texts.consent.title(client.name),
  derive: ({ items, redirectUri }, texts) => ({
    asked: items.map(({ value, text }) => text ?? describeScope(value, texts)),
    returns: describeReturn(redirectUri, texts),
  }),
  formAction: ({ redirectUri }) => formActionTo(redirectUri),
  script: 'none',
})

function describeScope(value: string, texts: Texts): string {
  const ours: Readonly<Record<string, string>> = texts.scope
  return Object.hasOwn(ours, value) ? (ours[value] ?? value) : texts.otherScope(value)
}

/** A person can tell a web site by its host; a program on the device has an address that tells nothing. */
function describeReturn(redirectUri: string, { consent }: Texts): string {
  const { protocol, host } = new URL(redirectUri)
  return protocol === 'https:' ? consent.returnTo(host) : consent.returnToDevice
}
