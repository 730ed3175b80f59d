import type { Bench, Group } from '../bench.ts'
import { limitProgram } from '../limits/run-limit.ts'
import { describeLoad, findGenerator } from '../load/generator.ts'
import { measureWindow } from '../load/window.ts'
import { type Candidate, compete } from '../measurement/compete.ts'
import { CANDIDATES, LIMIT, type TokenCandidate } from './candidates.ts'
import { proveIssues } from './prove.ts'

const CONNECTIONS = 10

/** What issuing tokens costs an authorization server, compared with the alternatives that a user could choose. */
export const tokenGroup: Group = {
  name: 'token',
  title: 'Issuing tokens',
  run: (bench) => compareTokenServers(bench, CANDIDATES, [signaturesAlone(bench)]),
}

/** What no server can exceed: signatures without a server. */
function signaturesAlone(bench: Bench): Candidate {
  return limitProgram(bench, { name: 'RSA signatures alone', file: 'rsa-signatures.ts', args: ['1'] })
}

/** Compares authorization servers that issue tokens to a client for itself, and limits that are no servers. */
export async function compareTokenServers(
  bench: Bench,
  candidates: readonly TokenCandidate[],
  limits: readonly Candidate[] = [],
): Promise<void> {
  const title = '`POST /token`, client_credentials'
  const note =
    'JWT access tokens signed with RS256, RSA-2048; clients authenticate with HTTP Basic. Ours asks ' +
    `SQLite on disk for every token whether client, resource and authorization have changed; the peers have them in memory. The limit is a server of \`node:http\` ` +
    `that signs a token with \`node:crypto\` for every request and does nothing else. ${describeLoad(bench.settings, CONNECTIONS)}`
  await compete(bench, { title, note, unit: 'tokens', limit: LIMIT }, [
    ...candidates.map((one) => candidateOf(bench, one)),
    ...limits,
  ])
}

function candidateOf({ settings, cores, signal }: Bench, one: TokenCandidate): Candidate {
  const generator = findGenerator()
  return {
    name: one.name,
    kind: one.kind,
    start: async (workspace) => {
      const server = await one.start(workspace, cores.server)
      await proveIssues(server)
      const { tokenEndpoint: url, request, program } = server
      const target = { pid: program.pid, cores: cores.load, signal }
      const order = { url, method: 'POST', ...request, connections: CONNECTIONS, seconds: 1 } as const
      return {
        pid: program.pid,
        warmUp: settings.warmUp.issuing,
        runWindow: () => measureWindow(generator, order, target),
      }
    },
  }
}
