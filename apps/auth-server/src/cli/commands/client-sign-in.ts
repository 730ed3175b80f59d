import type { Command } from 'commander'
import { type Client, clientNameProblem } from '../../domain/clients/client.ts'
import { redirectUriProblem } from '../../oauth/redirect-uri.ts'
import { httpsProblem, webAddressProblem } from '../../oauth/web-address.ts'
import { gather, replacing } from '../command.ts'
import { Refusal } from '../output/refusal.ts'
import { placeIn } from './client-rules.ts'

/** The options that say what people read of a client when they sign in, and where their browser is sent. */
export interface ClientSignInOptions {
  readonly name?: string
  readonly logoUri?: string
  readonly redirectUri?: readonly string[]
  readonly postLogoutRedirectUri?: readonly string[]
  readonly backchannelLogoutUri?: string
  readonly firstParty?: boolean
}

/** The names of these options, for a refusal. */
export const CLIENT_SIGN_IN_OPTIONS = [
  '--name',
  '--logo-uri',
  '--redirect-uri',
  '--post-logout-redirect-uri',
  '--backchannel-logout-uri',
  '--first-party',
]

/** Adds these options to `add` or `set`. An empty one takes away what was there. */
export function declareClientSignIn(command: Command): Command {
  return command
    .option('--name <text>', 'what people read of it when they sign in; its id without one')
    .option('--logo-uri <uri>', 'an https address of its logo, shown beside the name')
    .option(
      '--redirect-uri <uri>',
      'where a browser may be sent with a code, to the letter; may be repeated',
      replacing(gather),
    )
    .option(
      '--post-logout-redirect-uri <uri>',
      'where a browser may be sent after signing out; may be repeated',
      replacing(gather),
    )
    .option('--backchannel-logout-uri <uri>', 'where it is told that a session has ended')
    .option('--first-party', 'one of your own: nobody is asked whether it may have what it asks for')
    .option('--no-first-party', 'people are asked for consent')
}

/** What signing in needs to know of a client. */
export type ClientSignIn = Pick<
  Client,
  'name' | 'logoUri' | 'redirectUris' | 'postLogoutRedirectUris' | 'backchannelLogoutUri' | 'firstParty'
>

/** A client that nobody signs in to yet. */
export const NO_SIGN_IN: ClientSignIn = { redirectUris: [], postLogoutRedirectUris: [], firstParty: false }

/** What options make of the current state. Throws `Refusal` for a value that is not valid. */
export function clientSignInOf(options: ClientSignInOptions, current: ClientSignIn): ClientSignIn {
  refuse('--name', options.name, clientNameProblem)
  refuse('--logo-uri', options.logoUri, httpsProblem)
  refuse('--backchannel-logout-uri', options.backchannelLogoutUri, webAddressProblem)
  refuseAny('--redirect-uri', options.redirectUri)
  refuseAny('--post-logout-redirect-uri', options.postLogoutRedirectUri)
  return {
    name: replaced(options.name, current.name),
    logoUri: replaced(options.logoUri, current.logoUri),
    redirectUris: options.redirectUri ?? current.redirectUris,
    postLogoutRedirectUris: options.postLogoutRedirectUri ?? current.postLogoutRedirectUris,
    backchannelLogoutUri: replaced(options.backchannelLogoutUri, current.backchannelLogoutUri),
    firstParty: options.firstParty ?? current.firstParty,
  }
}

/** What is not given stays, and an empty text is none. */
function replaced(given: string | undefined, current: string | undefined): string | undefined {
  return given === undefined ? current : given || undefined
}

function refuse(
  option: string,
  text: string | undefined,
  problemOf: (text: string) => string | undefined,
): void {
  const problem = text ? problemOf(text) : undefined
  if (problem !== undefined) throw new Refusal(`${option} ${problem}.`)
}

function refuseAny(option: string, uris: readonly string[] = []): void {
  uris.forEach((uri, index) => {
    refuse(option + placeIn(uris, index), uri, redirectUriProblem)
  })
}
