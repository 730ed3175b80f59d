/** The logo of the client, or its first letter, above a heading. */
export const CLIENT_LOGO = `<% if (it.logo) { %>
<img class="logo" src="<%= it.logo %>" alt="" width="56" height="56" referrerpolicy="no-referrer">
<% } else { %>
<span class="logo" aria-hidden="true"><%= it.initial(it.client.name) %></span>
<% } %>
`

/** Who is signed in: initial, name and user name. */
export const ACCOUNT = `<span class="avatar" aria-hidden="true"><%= it.initial(it.user.name || it.user.username) %></span>
<span class="who"><strong><%= it.user.name || it.user.username %></strong>
<% if (it.user.name) { %>
<span class="soft"><%= it.user.username %></span>
<% } %>
</span>
`

/** What every form to /authorize carries. */
export const AUTHORIZATION_REQUEST = `<input type="hidden" name="authorization_request" value="<%= it.authorizationRequest %>">
`

/** A form of its own, so that a password that was typed is not sent along. */
export const CANCEL = `<form class="cancel" method="post" action="/authorize">
${AUTHORIZATION_REQUEST}<button class="quiet" name="action" value="cancel"><%= it.t.signIn.cancel %></button>
</form>
`
