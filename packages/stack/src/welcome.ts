import { isOnLoopback, type StackSettings, urlOf } from './derive-settings.ts'

/**
 * What the start prints once both servers are ready: where they are, where the data is, and two lines that work in sh,
 * bash and zsh as they are. Without the demo's data nobody can know the values; then it says which to fill in.
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

/** The demo is refused under a public name; an address that others can reach is as public. */
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

/** The demo's user can only be signed in by the demo's client, so another default has to be overruled. */
function clientParameter(demo: boolean, defaultClient: string | undefined): readonly string[] {
  if (demo) return defaultClient === 'demo' ? [] : ['client_id=demo']
  return defaultClient === undefined ? ['client_id=CLIENT_ID'] : []
}

function placeholders({ defaultClient }: StackSettings): string {
  return defaultClient === undefined ? 'USERNAME, PASSWORD and CLIENT_ID' : 'USERNAME and PASSWORD'
}

/** zsh takes the brackets of an IPv6 address for a pattern. */
function word(url: string): string {
  return url.includes('[') ? `'${url}'` : url
}
