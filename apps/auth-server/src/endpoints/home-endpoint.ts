import { type Health, pageEndpoint } from '@countersign/http-service'
import { AUTHORIZATION_SERVER_METADATA_PATH, OPENID_CONFIGURATION_PATH } from '@countersign/shared'
import type { Middleware } from 'koa'

export interface HomeEndpointDeps {
  readonly issuer: string
  /** Lines for a shell that work as they are. */
  readonly exampleRequests: readonly string[]
  readonly health: Health
}

/** The documents one can look at; the addresses a program calls stand in the metadata, and below without a link. */
const LINKS = [
  { path: AUTHORIZATION_SERVER_METADATA_PATH, says: 'what this server can do, and where (RFC 8414)' },
  { path: OPENID_CONFIGURATION_PATH, says: 'the same under its OpenID name' },
  { path: '/.well-known/jwks.json', says: 'the public keys that verify its tokens (RFC 7517)' },
  { path: '/readyz', says: 'whether it can issue tokens now' },
  { path: '/livez', says: 'whether it is there at all' },
]

const ENDPOINTS = [
  { name: 'POST /token', says: 'earns an access token (RFC 6749)' },
  { name: 'POST /revoke', says: 'ends what a token stands for (RFC 7009)' },
  { name: 'POST /introspect', says: 'tells whether a token is active (RFC 7662)' },
  { name: 'GET /status-lists/{id}', says: 'which tokens were revoked, signed; each token names its list' },
]

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
<% for (const endpoint of it.endpoints) { %>
<dt><code><%= endpoint.name %></code></dt>
<dd><%= endpoint.says %></dd>
<% } %>
</dl>
`

/** GET /: what this server is, how it is, and where to look next. */
export function homeEndpoint({ issuer, exampleRequests, health }: HomeEndpointDeps): Middleware {
  const known = { issuer, exampleRequests, links: LINKS, endpoints: ENDPOINTS }
  return pageEndpoint({
    title: 'Countersign authorization server',
    template: TEMPLATE,
    data: async () => ({ ...known, status: statusOf(await health.failures()) }),
  })
}

function statusOf(failed: readonly string[]): string {
  return failed.length === 0 ? 'It is ready.' : `It is not ready: ${failed.join(', ').replaceAll('_', ' ')}.`
}
