import { type Health, pageEndpoint } from '@countersign/http-service'
import type { Middleware } from 'koa'
import { PATHS, type Path } from '../oauth/paths.ts'

export interface HomeEndpointDeps {
  readonly issuer: string
  /** Lines for a shell that work as they are. */
  readonly exampleRequests: readonly string[]
  readonly health: Health
}

/** A reader follows links; a program finds the other addresses in the metadata. */
const listedAs = (as: 'link' | 'address') =>
  Object.values<Path>(PATHS).flatMap(({ path, method, listed }) =>
    listed?.as === as ? [{ path: path.replace(/:(\w+)/, '{$1}'), method, says: listed.says }] : [],
  )

const TEMPLATE = `<h1>Countersign authorization server</h1>
<p>It signs OAuth 2.0 access tokens as <code><%= it.issuer %></code> and publishes the keys that verify them.</p>
<p class="status"><%= it.status %></p>
<h2>Try it</h2>
<% for (const line of it.exampleRequests) { %>
<pre><code><%= line %></code></pre>
<% } %>
<h2>To look at</h2>
<dl>
<% for (const link of it.links) { %>
<dt><a href="<%= link.path %>"><code><%= link.path %></code></a></dt>
<dd><%= link.says %></dd>
<% } %>
</dl>
<h2>For programs</h2>
<dl>
<% for (const address of it.addresses) { %>
<dt><code><%= address.method %> <%= address.path %></code></dt>
<dd><%= address.says %></dd>
<% } %>
</dl>
`

/** GET /: what this server is, how it is, and where to look next. */
export function homeEndpoint({ issuer, exampleRequests, health }: HomeEndpointDeps): Middleware {
  const known = { issuer, exampleRequests, links: listedAs('link'), addresses: listedAs('address') }
  return pageEndpoint({
    title: 'Countersign authorization server',
    template: TEMPLATE,
    data: async () => ({ ...known, status: statusOf(await health.failures()) }),
  })
}

function statusOf(failed: readonly string[]): string {
  return failed.length === 0 ? 'It is ready.' : `It is not ready: ${failed.join(', ').replaceAll('_', ' ')}.`
}
