import { type Health, pageEndpoint } from '@countersign/http-service'
import { PROTECTED_RESOURCE_METADATA_PATH } from '@countersign/shared'
import type { Middleware } from 'koa'
import { PROFILE_SCOPE } from './me-endpoint.ts'

export interface HomeEndpointDeps {
  readonly issuer: string
  readonly audience: string
  /** The address of the metadata; `undefined` when the audience is a name and no address. */
  readonly resourceMetadata: string | undefined
  readonly health: Health
}

const LINKS = [
  { path: PROTECTED_RESOURCE_METADATA_PATH, says: 'whose tokens it takes, and how to send them (RFC 9728)' },
  { path: '/readyz', says: 'whether it has the keys to verify tokens' },
  { path: '/livez', says: 'whether it is there at all' },
]

const TEMPLATE = `<h1>Countersign resource server</h1>
<p>It is called <code><%= it.audience %></code> in tokens, and takes those that
<a href="<%= it.issuer %>"><%= it.issuer %></a> has signed.</p>
<p class="status"><%= it.status %></p>
<% if (it.resourceMetadata) { %>
<h2>Try it</h2>
<pre><code>curl <%= it.resourceMetadata %></code></pre>
<p>With an access token, which the page of <a href="<%= it.issuer %>"><%= it.issuer %></a> tells how to get:</p>
<pre><code>curl <%= it.profile %> -H "Authorization: Bearer $ACCESS_TOKEN"</code></pre>
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
<dt><code>GET /users/me</code></dt>
<dd>the profile of the user whose access token comes along as <code>Authorization: Bearer</code>, with the scope
<code><%= it.scope %></code></dd>
</dl>
`

/** GET /: what this server is, how it is, and where to look next. */
export function homeEndpoint({ issuer, audience, resourceMetadata, health }: HomeEndpointDeps): Middleware {
  const profile = resourceMetadata && new URL('/users/me', resourceMetadata).href
  const known = { issuer, audience, resourceMetadata, profile, scope: PROFILE_SCOPE, links: LINKS }
  return pageEndpoint({
    title: 'Countersign resource server',
    template: TEMPLATE,
    data: async () => ({ ...known, status: statusOf(await health.failures()) }),
  })
}

function statusOf(failed: readonly string[]): string {
  return failed.length === 0 ? 'It is ready.' : `It is not ready: ${failed.join(', ').replaceAll('_', ' ')}.`
}
