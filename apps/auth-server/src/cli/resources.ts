import { audienceProblem, formatScope } from '@countersign/shared'
import type { Command } from 'commander'
import { ACCESS_TOKEN_TYPES, type AccessTokenType, type Resource } from '../domain/resources/resource.ts'
import type { Database } from '../storage/database.ts'
import { gather, gatherScope } from './client-options.ts'
import { addCommand, addNoun } from './command.ts'
import { withProgress } from './ended.ts'
import { withDatabase } from './open-database.ts'
import { Refusal, WrongUse } from './refusal.ts'
import { type OutputOptions, show, type Terminal } from './terminal.ts'

interface AddResourceOptions extends OutputOptions {
  readonly scope: readonly string[]
  readonly introspector: readonly string[]
  readonly tokenType?: AccessTokenType
}

/** `auth resources …`: the resource servers that tokens are for. */
export function addResourceCommands(program: Command, terminal: Terminal): void {
  const resources = addNoun(program, 'resources', 'The resource servers that tokens are for')

  addCommand(resources, {
    usage: 'add <audience>',
    summary: 'Add a resource, or scope values and introspectors to one that is there',
    example: 'auth resources add https://api.example.com --scope "profile orders:read"',
  })
    .option('--scope <values>', 'scope values it knows; may be repeated', gatherScope, [])
    .option(
      '--introspector <client>',
      'a client that may ask about its access tokens; may be repeated',
      gather,
      [],
    )
    .option('--token-type <type>', 'how its access tokens are typed: at+jwt, or JWT', parseTokenType)
    .action((audience: string, options: AddResourceOptions) => addResource(terminal, audience, options))
  addCommand(resources, {
    usage: 'list',
    summary: 'List all resources',
    example: 'auth resources list',
  }).action((options: OutputOptions) => listResources(terminal, options))
  addCommand(resources, {
    usage: 'delete <audience>',
    summary: 'Delete a resource that no client names, and end all that was opened for it',
    example: 'auth resources delete https://api.example.com',
  }).action((audience: string, options: OutputOptions) => deleteResource(terminal, audience, options))
}

function parseTokenType(text: string): AccessTokenType {
  const tokenType = ACCESS_TOKEN_TYPES.find((type) => type === text)
  if (tokenType === undefined)
    throw new WrongUse(`--token-type must be one of ${ACCESS_TOKEN_TYPES.join(', ')}.`)
  return tokenType
}

async function addResource(terminal: Terminal, audience: string, options: AddResourceOptions): Promise<void> {
  const problem = audienceProblem(audience)
  if (problem !== undefined) throw new Refusal(`The audience ${problem}.`)

  await withDatabase(terminal, async ({ db }) => {
    const store = await import('../domain/resources/resource-store.ts')
    const { withLock } = await import('../storage/lock.ts')
    const { resource, existed } = await withLock(db, 'registration', async (transaction) => {
      const [existing] = await store.findResources(transaction, [audience])
      await refuseUnknownIntrospectors(transaction, options.introspector)
      const added: Resource = {
        audience,
        introspectors: [...new Set([...(existing?.introspectors ?? []), ...options.introspector])],
        scope: [...new Set([...(existing?.scope ?? []), ...options.scope])],
        tokenType: options.tokenType ?? existing?.tokenType ?? 'at+jwt',
      }
      if (!existing) await store.saveResource(transaction, added, { demo: 0 })
      else if (isMore(added, existing) || added.tokenType !== existing.tokenType)
        await store.updateResource(transaction, added)
      else {
        throw new Refusal(`There is a resource ${audience} already, with this scope and these introspectors.`)
      }
      return { resource: added, existed: existing !== undefined }
    })
    show(terminal, options, {
      json: resourceJson(resource),
      text: `Resource ${audience} ${existed ? 'now knows' : 'is added, with'} the scope ${scopeInWords(resource)}${introspectorsInWords(resource)}.`,
    })
  })
}

function isMore(one: Resource, other: Resource): boolean {
  return one.scope.length > other.scope.length || one.introspectors.length > other.introspectors.length
}

/** Whoever asks about tokens must authenticate (RFC 7662 §2.1). */
async function refuseUnknownIntrospectors(transaction: Database, ids: readonly string[]): Promise<void> {
  const { findRegisteredClient } = await import('../domain/clients/client-store.ts')
  for (const id of ids) {
    const registered = await findRegisteredClient(transaction, id)
    if (!registered)
      throw new Refusal(
        'There is no such client for --introspector: `auth clients list` shows those there are.',
      )
    if (registered.client.authentication.kind === 'none') {
      throw new Refusal(
        `Client ${id} is public, so anybody could ask in its name: name one that authenticates.`,
      )
    }
  }
}

async function listResources(terminal: Terminal, options: OutputOptions): Promise<void> {
  await withDatabase(terminal, async ({ db }) => {
    const store = await import('../domain/resources/resource-store.ts')
    const resources = await store.listResources(db)
    show(terminal, options, {
      json: resources.map(resourceJson),
      text:
        resources.length === 0
          ? 'There are no resources: `auth resources add` adds one.'
          : [
              ['AUDIENCE', 'SCOPE', 'INTROSPECTORS'],
              ...resources.map((one) => [one.audience, formatScope(one.scope), one.introspectors.join(' ')]),
            ],
    })
  })
}

async function deleteResource(terminal: Terminal, audience: string, options: OutputOptions): Promise<void> {
  await withDatabase(terminal, async (opened) => {
    const store = await import('../domain/resources/resource-store.ts')
    const deletion = await import('../domain/authorizations/delete.ts')
    const [resource] = await store.findResources(opened.db, [audience])
    const outcome = await withProgress(terminal, opened, (revoking) =>
      deletion.deleteResource(opened.db, audience, revoking),
    )
    if (outcome.kind === 'in_use') {
      throw new Refusal(
        `The resource ${audience} is named by ${outcome.clientIds.join(', ')}: \`auth clients delete\` what no longer needs it first.`,
      )
    }
    // One that is gone may have been deleted by a command that was stopped while it revoked.
    if (!resource && outcome.revoked === 0) {
      throw new Refusal('There is no such resource: `auth resources list` shows those there are.')
    }
    const count = outcome.revoked === 1 ? '1 authorization has' : `${outcome.revoked} authorizations have`
    show(terminal, options, {
      json: {
        ...resourceJson(resource ?? { audience, scope: [], introspectors: [], tokenType: 'at+jwt' }),
        authorizations_ended: outcome.revoked,
      },
      text: `Resource ${audience} is deleted. ${count} ended.`,
    })
  })
}

/** `scope` as on the wire (RFC 6749 §3.3). */
function resourceJson({ audience, scope, introspectors, tokenType }: Resource) {
  return { audience, scope: formatScope(scope), introspectors, token_type: tokenType }
}

function introspectorsInWords({ introspectors }: Resource): string {
  return introspectors.length === 0 ? '' : `; ${introspectors.join(', ')} may ask about its tokens`
}

function scopeInWords({ scope }: Resource): string {
  return scope.length === 0 ? 'of no values' : formatScope(scope)
}
