import type { Bench, Group } from '../bench.ts'
import { mintTokens } from '../issuer/mint-tokens.ts'
import { fire } from '../load/fire.ts'
import { type Candidate, compete } from '../measurement/compete.ts'
import { inWorkspace, type Workspace } from '../process/workspace.ts'
import { CANDIDATES, LIMIT, type ResourceCandidate } from './candidates.ts'
import { type Fixture, startFixture } from './fixture.ts'
import { mintProofTokens, type ProofTokens, proveVerifies } from './prove.ts'
import { WORKLOADS, type Workload } from './workloads.ts'

/** The number of connections that are kept busy, enough that the server always has a next request. */
const CONNECTIONS = 10

/** What verification costs a resource server, compared with the alternatives that a user could choose. */
export const resourceGroup: Group = {
  name: 'resource',
  title: 'Verifying tokens',
  run: async (bench) => {
    for (const workload of WORKLOADS)
      await inWorkspace((workspace) => runWorkload(bench, workspace, workload))
  },
}

async function runWorkload(bench: Bench, workspace: Workspace, workload: Workload): Promise<void> {
  const fixture = await startFixture(bench, workspace)
  const proof = await mintProofTokens(fixture.mint)
  const [file, count] = [workspace.path('tokens'), workload.tokens(bench.settings)]
  bench.progress(`minting ${count} tokens`)
  await mintTokens(fixture.mint, { file, count, signal: bench.signal })

  const { title, note } = workload
  const candidates = CANDIDATES.map((one) => candidateOf(bench, fixture, { one, workload, proof, file }))
  await compete(bench, { title, note, unit: 'requests', limit: LIMIT }, candidates)
}

function candidateOf(
  { settings, cores, signal }: Bench,
  { workspace, issuer }: Fixture,
  { one, workload, proof, file }: Entry,
): Candidate {
  return {
    name: one.name,
    kind: one.kind,
    prepare: async () => {
      const { url, program } = await one.start(workspace, { issuer, cores: cores.server })
      await proveVerifies(url, one.kind, proof)
      const target = { pid: program.pid, cores: cores.load, signal }
      let turn = 0
      const measure = async () => {
        const order = workload.order(turn++, settings)
        const load = { url, method: 'GET', connections: CONNECTIONS, tokenFile: file } as const
        return fire({ ...load, ...order }, target)
      }
      await measure()
      return { measure }
    },
  }
}

interface Entry {
  readonly one: ResourceCandidate
  readonly workload: Workload
  readonly proof: ProofTokens
  readonly file: string
}
