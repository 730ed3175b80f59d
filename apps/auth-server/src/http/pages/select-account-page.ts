import { definePage, formActionTo, type PageClient, type PageUser } from './page.ts'
import { ACCOUNT, AUTHORIZATION_REQUEST, CANCEL, CLIENT_LOGO } from './page-parts.ts'

export interface SelectAccountPageData {
  readonly displayName: string
  readonly client: PageClient
  readonly redirectUri: string
  readonly authorizationRequest: string
  /** Who is signed in in this browser. */
  readonly user: PageUser
}

const TEMPLATE = `<section class="card">
${CLIENT_LOGO}<h1><%= it.title %></h1>
<p class="lead"><%= it.t.signIn.lead(it.client.name) %></p>
<form class="choices" method="post" action="/authorize">
${AUTHORIZATION_REQUEST}<button class="account" name="action" value="use_account">
${ACCOUNT}</button>
<button class="plain" name="action" value="another_account"><%= it.t.selectAccount.another %></button>
</form>
${CANCEL}</section>
`

/** Where a person goes on with the account of this browser's session, or signs in with another. */
export const selectAccountPage = definePage<SelectAccountPageData>({
  template: TEMPLATE,
  title: (texts) => texts.selectAccount.title,
  formAction: ({ redirectUri }) => formActionTo(redirectUri),
  script: 'none',
})
