import type { Seconds } from '@countersign/shared'
import { renderWait } from '../languages/choose-language.ts'
import { definePage, formActionTo, type PageClient } from './page.ts'
import { AUTHORIZATION_REQUEST, CANCEL, CLIENT_LOGO } from './page-parts.ts'

export interface SignInPageData {
  readonly displayName: string
  readonly client: PageClient
  readonly redirectUri: string
  readonly authorizationRequest: string
  /** What was typed before, or what the client hints at. */
  readonly username?: string | undefined
  readonly problem?: 'wrong' | 'throttled' | 'overloaded' | undefined
  readonly retryAfter?: Seconds | undefined
}

/**
 * The form for a user name and a password. After a failure the focus is on what went wrong, which the fields refer to;
 * else on the first field that is empty.
 */
const TEMPLATE = `<section class="card">
${CLIENT_LOGO}<h1><%= it.title %></h1>
<p class="lead"><%= it.t.signIn.lead(it.client.name) %></p>
<% if (it.says) { %>
<div class="problem" id="problem" role="alert" tabindex="-1" autofocus>
<p><strong><%= it.says.title %></strong></p>
<p><%= it.says.text %></p>
</div>
<% } %>
<form method="post" action="/authorize">
${AUTHORIZATION_REQUEST}<div class="field">
<label for="username"><%= it.t.signIn.username %></label>
<input id="username" name="username" value="<%= it.username || '' %>" autocomplete="username" autocapitalize="none" autocorrect="off" spellcheck="false" required<%~ it.describes %><%~ it.focus === 'username' ? ' autofocus' : '' %>>
</div>
<div class="field">
<label for="password"><%= it.t.signIn.password %></label>
<div class="secret">
<input id="password" name="password" type="password" autocomplete="current-password" autocapitalize="none" autocorrect="off" spellcheck="false" required<%~ it.describes %><%~ it.focus === 'password' ? ' autofocus' : '' %>>
<button type="button" id="show-password" hidden aria-controls="password" aria-label="<%= it.t.signIn.showPassword %>" data-other-label="<%= it.t.signIn.hidePassword %>" data-other-text="<%= it.t.signIn.hide %>"><%= it.t.signIn.show %></button>
</div>
</div>
<button class="primary" name="action" value="sign_in"><%= it.t.signIn.submit %></button>
</form>
${CANCEL}</section>
`

/** Where a person signs in. */
export const signInPage = definePage<SignInPageData>({
  template: TEMPLATE,
  title: (texts) => texts.signIn.title,
  derive: ({ username, problem, retryAfter }, texts, language) => {
    const { title, text } = texts.problems[problem ?? 'wrong']
    const wait = renderWait(retryAfter ?? 1, language)
    const blamed = problem === 'wrong' ? ' aria-invalid="true"' : ''
    return {
      says: problem && { title, text: text(wait) },
      describes: problem ? ` aria-describedby="problem"${blamed}` : '',
      focus: problem ? 'problem' : username ? 'password' : 'username',
    }
  },
  formAction: ({ redirectUri }) => formActionTo(redirectUri),
  script: 'ours',
})
