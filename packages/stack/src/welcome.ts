import { isOnLoopback, type StackSettings, urlOf } from './derive-settings.ts'

/**
 * What the start prints once both servers are ready: their addresses, where the data is, and two lines that work
 * unchanged in sh, bash and zsh. Without the demo data the values are unknown, so it says which ones to fill in.
 */
export function renderWelcome(settings: StackSettings): string {
  const { authServer, resourceServer, demo, dataLocation } = settings
  const signIn = signInLine(settings)
  const readProfile =
    `curl ${word(`${urlOf(resourceServer)}/users/me`)} -H "Authorization: Bearer ` +
    `$(${signIn.replace('curl', 'curl -s')} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')"`

  return [
    '',
    'Countersign is ready.',
    '',
    `  authorization server  ${urlOf(authServer)}`,
    `  resource server       ${urlOf(resourceServer)}`,
    `  data                  ${dataLocation}`,
    '',
    ...demoWarning(settings),
    demo ? 'Get an access token for alice:' : `Get an access token; fill in ${placeholders(settings)}:`,
    '',
    signIn,
    '',
    'Read the profile with one:',
    '',
    readProfile,
    '',
    'Ctrl-C stops both.',
    '',
    '',
  ].join('\n')
}

/**
 * The server refuses the demo under a public name. An address that others can reach is just as public, so the start
 * warns.
 */
function demoWarning({ demo, authServer }: StackSettings): readonly string[] {
  if (!demo || isOnLoopback(authServer)) return []
  return [
    `Warning: whoever reaches this machine at AUTH_HOST=${authServer.host} can sign in as alice, whose password is in the README.`,
    '',
  ]
}

function signInLine({ authServer, demo, defaultClient }: StackSettings): string {
  const form = [
    'grant_type=password',
    demo ? 'username=alice' : 'username=USERNAME',
    demo ? 'password=secret' : 'password=PASSWORD',
    ...clientParameter(demo, defaultClient),
  ]
  return `curl -X POST ${word(`${urlOf(authServer)}/token`)} -d "${form.join('&')}"`
}

/** Only the demo's client can sign in the demo's user, so a different default client must be overridden. */
function clientParameter(demo: boolean, defaultClient: string | undefined): readonly string[] {
  if (demo) return defaultClient === 'demo' ? [] : ['client_id=demo']
  return defaultClient === undefined ? ['client_id=CLIENT_ID'] : []
}

function placeholders({ defaultClient }: StackSettings): string {
  return defaultClient === undefined ? 'USERNAME, PASSWORD and CLIENT_ID' : 'USERNAME and PASSWORD'
}

/** zsh reads the brackets of an IPv6 address as a pattern. */
function word(url: string): string {
  return url.includes('[') ? `'${url}'` : url
}
