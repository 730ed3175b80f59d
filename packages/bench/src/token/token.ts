import type { Bench, Group } from '../bench.ts'
import { limitProgram } from '../limits/run-limit.ts'
import { fire } from '../load/fire.ts'
import { type Candidate, compete } from '../measurement/compete.ts'
import { inWorkspace, type Workspace } from '../process/workspace.ts'
import { CANDIDATES, type TokenCandidate } from './candidates.ts'
import { proveIssues } from './prove.ts'

const CONNECTIONS = 10

/** How long a server is warmed up, in seconds. */
const WARM_UP_SECONDS = 1

const LIMIT = 'the RSA limit'

/** What issuing tokens costs an authorization server, compared with the alternatives that a user could choose. */
export const tokenGroup: Group = {
  name: 'token',
  title: 'Issuing tokens',
  run: (bench) => inWorkspace((workspace) => compareServers(bench, workspace)),
}

async function compareServers(bench: Bench, workspace: Workspace): Promise<void> {
  const title = '`POST /token`, client_credentials'
  const note =
    'JWT access tokens signed with RS256, RSA-2048; clients authenticate with HTTP Basic. Ours reads client, resource and ' +
    `authorization from SQLite on disk for every token; the peers have them in memory. ${LIMIT[0]?.toUpperCase()}${LIMIT.slice(1)} is ` +
    'signatures of `node:crypto` on the same core and nothing else.'
  await compete(bench, { title, note, unit: 'tokens', limit: LIMIT }, [
    ...CANDIDATES.map((one) => candidateOf(bench, workspace, one)),
    limitProgram(bench, { name: LIMIT, file: 'rsa-signatures.ts', args: [String(bench.settings.seconds)] }),
  ])
}

function candidateOf(
  { settings, cores, signal }: Bench,
  workspace: Workspace,
  one: TokenCandidate,
): Candidate {
  return {
    name: one.name,
    kind: one.kind,
    prepare: async () => {
      const server = await one.start(workspace, cores.server)
      await proveIssues(server)
      const { tokenEndpoint: url, request, program } = server
      const target = { pid: program.pid, cores: cores.load, signal }
      const fireFor = (seconds: number) =>
        fire({ url, method: 'POST', ...request, connections: CONNECTIONS, seconds }, target)
      await fireFor(WARM_UP_SECONDS)
      return { measure: () => fireFor(settings.seconds) }
    },
  }
}
