import { findClientRecord } from '../domain/clients/client-store.ts'
import { findResources } from '../domain/resources/resource-store.ts'
import { isIssuerScope } from '../oauth/issuer-scope.ts'
import type { Database } from '../storage/database.ts'
import type { BootstrapFile } from './bootstrap-file.ts'

/**
 * What a bootstrap file names that would not exist once it is applied, one sentence each: an audience that is not a
 * resource, a scope value that no audience of its client knows, an introspector that is not a client or cannot
 * authenticate. The command line refuses the same.
 */
export async function bootstrapProblems(db: Database, file: BootstrapFile): Promise<readonly string[]> {
  const problems: string[] = []
  for (const { client_id: id, audiences, scope } of file.clients) {
    const known = new Map<string, readonly string[]>()
    for (const { audience, scope } of await findResources(db, audiences)) known.set(audience, scope)
    // The file comes last, because it replaces what the database says of a resource.
    for (const { audience, scope } of file.resources) {
      if (audiences.includes(audience)) known.set(audience, scope)
    }

    const missing = audiences.filter((audience) => !known.has(audience))
    for (const audience of new Set(missing)) {
      problems.push(`The client ${id} is for ${audience}, which is no resource: add it to the resources.`)
    }
    if (missing.length > 0) continue
    const values = new Set([...known.values()].flat())
    for (const value of scope.filter((value) => !values.has(value) && !isIssuerScope(value))) {
      problems.push(`The client ${id} has the scope value ${value}, which no audience of it knows.`)
    }
  }
  for (const { audience, introspectors } of file.resources) {
    for (const id of introspectors) {
      const problem = await introspectorProblem(db, file, id)
      if (problem) problems.push(`The resource ${audience} has the introspector ${id}, which ${problem}`)
    }
  }
  return problems
}

/** A client that asks about tokens must authenticate (RFC 7662 §2.1). */
async function introspectorProblem(
  db: Database,
  file: BootstrapFile,
  id: string,
): Promise<string | undefined> {
  const entry = file.clients.find((client) => client.client_id === id)
  const registered = entry ? undefined : await findClientRecord(db, id)
  if (!entry && !registered) return 'is no client: add it to the clients.'
  const isPublic = entry ? entry.public === true : registered?.client.authentication.kind === 'none'
  return isPublic ? 'is public, so anybody could ask in its name: name one that authenticates.' : undefined
}
