import type { Texts } from '../languages/en.ts'
import { definePage } from './page.ts'

export interface ErrorPageData {
  readonly displayName: string
  readonly problem: keyof Texts['errors']
  readonly requestId: string
  /** One sentence for whoever develops the client, in English. */
  readonly detail?: string | undefined
}

const TEMPLATE = `<section class="card">
<h1><%= it.title %></h1>
<p><%= it.t.errors[it.problem].text %></p>
<dl class="soft">
<% if (it.detail) { %>
<dt><%= it.t.error.detail %></dt>
<dd lang="en"><%= it.detail %></dd>
<% } %>
<dt><%= it.t.error.requestId %></dt>
<dd class="address"><%= it.requestId %></dd>
</dl>
</section>
`

/** What a person sees where there is no proven redirect URI to send a refusal to. */
export const errorPage = definePage<ErrorPageData>({
  template: TEMPLATE,
  title: (texts, { problem }) => texts.errors[problem].title,
  formAction: () => [],
  script: 'none',
})
