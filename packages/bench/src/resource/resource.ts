import type { Bench, Group } from '../bench.ts'
import { mintTokens } from '../issuer/mint-tokens.ts'
import { describeLoad, findGenerator } from '../load/generator.ts'
import { measureWindow } from '../load/window.ts'
import { type Candidate, compete } from '../measurement/compete.ts'
import { inWorkspace } from '../process/workspace.ts'
import { CANDIDATES, LIMIT, MAIN_CANDIDATES, type ResourceCandidate } from './candidates.ts'
import { type Fixture, startFixture } from './fixture.ts'
import { mintProofTokens, type ProofTokens, proveVerifies } from './prove.ts'
import { WORKLOADS, type Workload } from './workloads.ts'

/** The number of connections that are kept busy, enough that the server always has a next request. */
const CONNECTIONS = 32

/** What verification costs a resource server, compared with the alternatives that a user could choose. */
export const resourceGroup: Group = {
  name: 'resource',
  title: 'Verifying tokens',
  run: (bench) =>
    compareResourceServers(bench, WORKLOADS, ({ candidates }) =>
      candidates === 'all' ? CANDIDATES : MAIN_CANDIDATES,
    ),
}

/** Compares resource servers under some workloads. All of them trust one issuer and are sent the same tokens. */
export function compareResourceServers(
  bench: Bench,
  workloads: readonly Workload[],
  candidatesFor: (workload: Workload) => readonly ResourceCandidate[],
): Promise<void> {
  return inWorkspace(async (workspace) => {
    const fixture = await startFixture(bench, workspace)
    const proof = await mintProofTokens(fixture.mint)
    const [file, count] = [workspace.path('tokens'), Math.max(...workloads.map(({ tokens }) => tokens))]
    bench.progress(`minting ${count} tokens`)
    await mintTokens(fixture.mint, { file, count, signal: bench.signal })

    for (const workload of workloads) {
      const { title } = workload
      const note = `${workload.note} ${describeLoad(bench.settings, CONNECTIONS)}`
      await compete(
        bench,
        { title, note, unit: 'requests', limit: LIMIT },
        candidatesFor(workload).map((one) => candidateOf(bench, fixture, { one, workload, proof, file })),
      )
    }
  })
}

interface Entry {
  readonly one: ResourceCandidate
  readonly workload: Workload
  readonly proof: ProofTokens
  readonly file: string
}

function candidateOf(
  { settings, cores, signal }: Bench,
  { issuer }: Fixture,
  { one, workload, proof, file }: Entry,
): Candidate {
  const generator = findGenerator()
  const tokens = { file, count: workload.tokens }
  return {
    name: one.name,
    kind: one.kind,
    start: async (workspace) => {
      const { url, program } = await one.start(workspace, { issuer, cores: cores.server })
      await proveVerifies(url, one.kind, proof)
      const target = { pid: program.pid, cores: cores.load, signal }
      const order = { url, method: 'GET', connections: CONNECTIONS, seconds: 1, tokens } as const
      // Where the next window begins. A window that began with the first token again would find it in the caches.
      let from = 0
      return {
        pid: program.pid,
        warmUp: settings.warmUp.verifying,
        runWindow: async () => {
          const sample = await measureWindow(generator, { ...order, from }, target)
          from = (from + sample.requests + CONNECTIONS) % tokens.count
          return sample
        },
      }
    },
  }
}
