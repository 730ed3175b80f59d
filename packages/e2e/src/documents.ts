import { AUTH_SETTINGS } from '@countersign/auth-server/config'
import { RESOURCE_SETTINGS } from '@countersign/resource-server/config'
import { type Settings, settingsTable } from '@countersign/settings'

/** The documents that are made of what the code reads, by their path below the root. A test holds the files to them. */
export function documents(): Readonly<Record<string, string>> {
  return { 'docs/configuration.md': configuration(), '.env.example': envExample() }
}

function configuration(): string {
  return `# Settings

Environment variables; also read from a file \`.env\` at the workspace root, where the environment says nothing. An empty one
counts as absent. A secret may come from the file that \`NAME_FILE\` names. Times are written \`45s\`, \`30m\`, \`12h\`, \`90d\`.
Relative paths start at the workspace root, in the image at \`/app\`. A wrong setting stops the start with one message that
lists all problems.

Files are read as UTF-8, with a byte order mark or without. In \`.env\`, a value with a \`#\` in it stands in quotes; unquoted, it is refused,
because some readers of such files would cut it there. A line like \`set NAME=value\` or \`NAME: value\` is refused, too: nothing would be read
from it.

This page is made from the code: \`npx -y pnpm documents\`.

## The authorization server

${settingsTable(AUTH_SETTINGS)}
## The resource server

${settingsTable(RESOURCE_SETTINGS)}
## What \`pnpm start\` derives

\`RESOURCE_ISSUER\`, \`RESOURCE_AUDIENCE\` and \`AUTH_DEFAULT_AUDIENCE\` from the two ports, when they are not set, and \`AUTH_ISSUER\` as well where
\`AUTH_HOST\` is another name of loopback, such as \`::1\`; where it is an address of the network, \`RESOURCE_ISSUER_ADDRESS\`. When there is no
bootstrap file, the demo file with its client as \`AUTH_DEFAULT_CLIENT\`.

## The bootstrap file

JSON. \`\${NAME}\` in a text is replaced by that setting. Users are created when missing and otherwise left alone; resources and
clients are made equal to the file; nothing is deleted; each change is logged; all its problems are reported at once.

\`\`\`json
{
  "resources": [
    {
      "audience": "https://api.example.com",
      "scope": "orders",
      "descriptions": { "orders": "See your orders" }
    }
  ],
  "clients": [
    {
      "client_id": "web",
      "client_secret": "\${WEB_CLIENT_SECRET}",
      "grant_types": ["password"],
      "scope": "profile orders",
      "audiences": ["https://api.example.com"],
      "client_name": "The shop",
      "redirect_uris": ["https://shop.example.com/callback"]
    }
  ],
  "users": [
    {
      "username": "bob",
      "password": "\${BOB_PASSWORD}",
      "full_name": "Bob Builder",
      "claims": { "email": "bob@example.com", "email_verified": true },
      "roles": ["clerk"]
    }
  ]
}
\`\`\`

A public client has \`"public": true\` instead of a secret; a secret has 32 characters or more. \`"demo": true\` marks what the file
makes as demo data, and such data is refused under an issuer that is not on loopback.

| Of | may be given besides |
| --- | --- |
| a resource | \`introspectors\`, \`token_type\`, \`descriptions\` (what its scope values mean, for whoever is asked for consent) |
| a client | \`jwks\`; \`client_name\`, \`logo_uri\` (https), \`redirect_uris\`, \`post_logout_redirect_uris\`, \`backchannel_logout_uri\`, \`first_party\` (nobody is asked for consent). Without \`audiences\` its users' tokens are for the issuer alone |
| a user | \`password_hash\` instead of a password; \`claims\` (those of OIDC Core §5.1, with \`address\` as an object), \`roles\` and \`groups\` (lists of 1 to 64 visible characters, 100 at most) |

The scope values \`openid\`, \`profile\`, \`email\`, \`address\`, \`phone\`, \`offline_access\`, \`roles\` and \`groups\` are the issuer's own: a client may
have them for every resource, and no resource needs to name them.
`
}

function envExample(): string {
  return `# Copy to .env and uncomment what you change. Made from the code: npx -y pnpm documents

${[...lines(AUTH_SETTINGS), ...lines(RESOURCE_SETTINGS)].join('\n')}`
}

function lines(settings: Settings): readonly string[] {
  return Object.entries(settings).map(
    ([name, setting]) => `# ${plain(setting.description)}\n#${name}=${setting.default ?? ''}\n`,
  )
}

function plain(markdown: string): string {
  return markdown.replaceAll('`', '')
}
