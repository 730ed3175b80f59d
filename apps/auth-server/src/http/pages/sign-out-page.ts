import { definePage, formActionTo, type PageUser } from './page.ts'
import { ACCOUNT } from './page-parts.ts'

export interface SignOutPageData {
  readonly displayName: string
  readonly user: PageUser
  /** What the form carries besides the answer. */
  readonly fields: Readonly<Record<string, string>>
  /** Where the answer may lead: the client's post-logout redirect URI. */
  readonly redirectUri?: string | undefined
}

const TEMPLATE = `<section class="card">
<h1><%= it.title %></h1>
<div class="account">
${ACCOUNT}</div>
<p><%= it.t.signOut.text %></p>
<form class="choices" method="post" action="/logout">
<% for (const [name, value] of Object.entries(it.fields)) { %>
<input type="hidden" name="<%= name %>" value="<%= value %>">
<% } %>
<button class="primary" name="action" value="sign_out"><%= it.t.signOut.submit %></button>
<button class="plain" name="action" value="stay"><%= it.t.signOut.stay %></button>
</form>
</section>
`

/** Asks whether to end the session (RP-Initiated Logout §2). */
export const signOutPage = definePage<SignOutPageData>({
  template: TEMPLATE,
  title: (texts) => texts.signOut.title,
  formAction: ({ redirectUri }) => formActionTo(redirectUri),
  script: 'none',
})

/** Says that the session has ended, where there is no other place to go. */
export const signedOutPage = definePage<{ readonly displayName: string }>({
  template: `<section class="card">
<h1><%= it.title %></h1>
<p><%= it.t.signedOut.text %></p>
</section>
`,
  title: (texts) => texts.signedOut.title,
  formAction: () => [],
  script: 'none',
})
