import { PATHS } from '../oauth/paths.ts'
import type { BootstrapFile } from './bootstrap-file.ts'

/**
 * Lines for a shell that work without changes. With the demo, whose password is not secret, they sign in and send a
 * request with the token. Otherwise they request the metadata.
 */
export function exampleRequests(
  { issuer, defaultClient, defaultAudience }: ExampleOptions,
  bootstrapFile: BootstrapFile | undefined,
): readonly string[] {
  const demo = bootstrapFile?.demo ? bootstrapFile : undefined
  const user = demo?.users.find((one) => one.password !== undefined)
  const client = demo?.clients.find((one) => one.public && one.grant_types.includes('password'))
  if (user?.password === undefined || !client) {
    return [`curl ${word(`${issuer}${PATHS.metadata.path}`)}`]
  }

  const form = new URLSearchParams({
    grant_type: 'password',
    username: user.username,
    password: user.password,
    ...(client.client_id !== defaultClient && { client_id: client.client_id }),
  })
  const request = `-X POST ${word(`${issuer}${PATHS.token.path}`)} -d "${form}"`
  return [`curl ${request}`, ...profileRequest(defaultAudience, request)]
}

interface ExampleOptions {
  readonly issuer: string
  readonly defaultClient: string | undefined
  readonly defaultAudience: string | undefined
}

/** An audience that is not an address cannot receive a request. */
function profileRequest(audience: string | undefined, tokenRequest: string): readonly string[] {
  if (audience === undefined || !/^https?:/.test(audience)) return []
  return [
    `curl ${word(`${audience}/users/me`)} -H "Authorization: Bearer $(curl -s ${tokenRequest} | ` +
      `sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')"`,
  ]
}

/** zsh treats the brackets of an IPv6 address as a pattern. */
function word(url: string): string {
  return url.includes('[') ? `'${url}'` : url
}
