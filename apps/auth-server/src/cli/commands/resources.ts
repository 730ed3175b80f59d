import { audienceProblem, formatScope } from '@countersign/shared'
import type { Command } from 'commander'
import { deleteResource as deleteResourceAndRevoke } from '../../domain/authorizations/revoke-authorizations.ts'
import type { AccessTokenType, Resource } from '../../domain/resources/resource.ts'
import {
  findResources,
  listResources as listResourcesAndRevoke,
  saveResource,
  updateResource,
} from '../../domain/resources/resource-store.ts'
import { withLock } from '../../storage/lock.ts'
import { addCommand } from '../command.ts'
import { withDatabase } from '../open-database.ts'
import { noteBootstrapFile } from '../output/bootstrap-note.ts'
import { logEvent } from '../output/log-event.ts'
import { Refusal } from '../output/refusal.ts'
import { tellCount, withProgress } from '../output/revoked.ts'
import { type OutputOptions, show, type Terminal } from '../output/terminal.ts'
import { gather, gatherScope } from './client-options.ts'
import { parseTokenType, refuseUnknownIntrospectors } from './resource-options.ts'
import { addSetResource } from './set-resource.ts'
import { resourceInWords, resourceJson } from './show-resource.ts'

interface AddResourceOptions extends OutputOptions {
  readonly scope: readonly string[]
  readonly introspector: readonly string[]
  readonly tokenType?: AccessTokenType
}

/** `auth resources …`: the resource servers that tokens are for. */
export function addCommands(resources: Command, terminal: Terminal): void {
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
  addSetResource(resources, terminal)
  addCommand(resources, {
    usage: 'delete <audience>',
    summary: 'Delete a resource that no client names, and end all that was opened for it',
    example: 'auth resources delete https://api.example.com',
  }).action((audience: string, options: OutputOptions) => deleteResource(terminal, audience, options))
}

async function addResource(terminal: Terminal, audience: string, options: AddResourceOptions): Promise<void> {
  const problem = audienceProblem(audience)
  if (problem !== undefined) throw new Refusal(`The audience ${problem}.`)

  await withDatabase(terminal, async (opened) => {
    const { db } = opened
    const { resource, existed } = await withLock(db, 'registration', async (transaction) => {
      const [existing] = await findResources(transaction, [audience])
      await refuseUnknownIntrospectors(transaction, options.introspector)
      const added: Resource = {
        audience,
        introspectors: [...new Set([...(existing?.introspectors ?? []), ...options.introspector])],
        scope: [...new Set([...(existing?.scope ?? []), ...options.scope])],
        tokenType: options.tokenType ?? existing?.tokenType ?? 'at+jwt',
      }
      if (!existing) await saveResource(transaction, added, { demo: 0 })
      else if (isMore(added, existing) || added.tokenType !== existing.tokenType)
        await updateResource(transaction, added)
      else {
        throw new Refusal(`There is a resource ${audience} already, with this scope and these introspectors.`)
      }
      return { resource: added, existed: existing !== undefined }
    })
    logEvent(terminal, existed ? 'resource_changed' : 'resource_added', { audience })
    await noteBootstrapFile(terminal, opened, { noun: 'resource', name: audience })
    show(terminal, options, {
      json: resourceJson(resource),
      text: `Resource ${audience} ${existed ? 'now knows' : 'is added, with'} ${resourceInWords(resource)}.`,
    })
  })
}

function isMore(one: Resource, other: Resource): boolean {
  return one.scope.length > other.scope.length || one.introspectors.length > other.introspectors.length
}

async function listResources(terminal: Terminal, options: OutputOptions): Promise<void> {
  await withDatabase(terminal, async ({ db }) => {
    const resources = await listResourcesAndRevoke(db)
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
    const [resource] = await findResources(opened.db, [audience])
    const outcome = await withProgress(terminal, opened, (revoking) =>
      deleteResourceAndRevoke(opened.db, audience, revoking),
    )
    if (outcome.kind === 'in_use') {
      throw new Refusal(
        `The resource ${audience} is named by ${outcome.clientIds.join(', ')}: \`auth clients set --audience\` or \`auth clients delete\` comes first.`,
      )
    }
    // One that is gone may have been deleted by a command that was stopped while it revoked.
    if (!resource && outcome.revoked === 0) {
      throw new Refusal('There is no such resource: `auth resources list` shows those there are.')
    }
    logEvent(terminal, 'resource_deleted', { audience, authorizationsEnded: outcome.revoked })
    await noteBootstrapFile(terminal, opened, { noun: 'resource', name: audience })
    show(terminal, options, {
      json: {
        ...resourceJson(resource ?? { audience, scope: [], introspectors: [], tokenType: 'at+jwt' }),
        authorizations_ended: outcome.revoked,
      },
      text: `Resource ${audience} is deleted. ${tellCount(outcome.revoked)}`,
    })
  })
}
