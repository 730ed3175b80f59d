import { definePage, sourceOf } from './page.ts'

export interface FormPostPageData {
  readonly displayName?: string | undefined
  readonly redirectUri: string
  /** The parameters of the authorization response. */
  readonly fields: Readonly<Record<string, string>>
}

const TEMPLATE = `<section class="card">
<h1><%= it.title %></h1>
<p><%= it.t.formPost.text %></p>
<form id="form-post" method="post" action="<%= it.redirectUri %>">
<% for (const [name, value] of Object.entries(it.fields)) { %>
<input type="hidden" name="<%= name %>" value="<%= value %>">
<% } %>
<button class="primary"><%= it.t.formPost.submit %></button>
</form>
</section>
`

/** The authorization response as a form to the client, which the script submits (OAuth 2.0 Form Post Response Mode). */
export const formPostPage = definePage<FormPostPageData>({
  template: TEMPLATE,
  title: (texts) => texts.formPost.title,
  formAction: ({ redirectUri }) => [sourceOf(redirectUri)],
  script: 'ours',
})
