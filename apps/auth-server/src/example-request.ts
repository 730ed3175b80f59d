import { AUTHORIZATION_SERVER_METADATA_PATH } from '@countersign/shared'
import type { BootstrapFile } from './bootstrap-file.ts'

/**
 * A line for a shell that works at this server as it is: a sign-in while the demo is there, whose password everybody may
 * know; else the metadata.
 */
export function exampleRequest(
  { issuer, defaultClient }: { readonly issuer: string; readonly defaultClient: string | undefined },
  bootstrapFile: BootstrapFile | undefined,
): string {
  const demo = bootstrapFile?.demo ? bootstrapFile : undefined
  const user = demo?.users.find((one) => one.password !== undefined)
  const client = demo?.clients.find((one) => one.public && one.grant_types.includes('password'))
  if (user?.password === undefined || !client) {
    return `curl ${word(`${issuer}${AUTHORIZATION_SERVER_METADATA_PATH}`)}`
  }

  const form = new URLSearchParams({
    grant_type: 'password',
    username: user.username,
    password: user.password,
    ...(client.client_id !== defaultClient && { client_id: client.client_id }),
  })
  return `curl -X POST ${word(`${issuer}/token`)} -d "${form}"`
}

/** zsh takes the brackets of an IPv6 address for a pattern. */
function word(url: string): string {
  return url.includes('[') ? `'${url}'` : url
}
