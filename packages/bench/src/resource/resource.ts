import type { Bench, Group } from '../bench.ts'
import { mintTokens } from '../issuer/mint-tokens.ts'
import { fire } from '../load/fire.ts'
import { type Contestant, compete } from '../measurement/compete.ts'
import { onStage, type Stage } from '../process/stage.ts'
import { CONTESTANTS, LIMIT, type ResourceContestant } from './contestants.ts'
import { mintProofTokens, type ProofTokens, proveVerifies } from './prove.ts'
import { type Scene, setScene } from './scene.ts'
import { WORKLOADS, type Workload } from './workloads.ts'

/** Connections that are kept busy: enough that the server always has a next request. */
const CONNECTIONS = 10

/** What verifying costs a resource server, beside what a user would pick instead. */
export const resourceGroup: Group = {
  name: 'resource',
  title: 'Verifying tokens',
  run: async (bench) => {
    for (const workload of WORKLOADS) await onStage((stage) => runWorkload(bench, stage, workload))
  },
}

async function runWorkload(bench: Bench, stage: Stage, workload: Workload): Promise<void> {
  const scene = await setScene(bench, stage)
  const proof = await mintProofTokens(scene.mint)
  const [file, count] = [stage.path('tokens'), workload.tokens(bench.settings)]
  bench.progress(`minting ${count} tokens`)
  await mintTokens(scene.mint, { file, count, signal: bench.signal })

  const { title, note } = workload
  const contestants = CONTESTANTS.map((one) => contestantOf(bench, scene, { one, workload, proof, file }))
  await compete(bench, { title, note, unit: 'requests', limit: LIMIT }, contestants)
}

function contestantOf(
  { settings, cores, signal }: Bench,
  { stage, issuer }: Scene,
  { one, workload, proof, file }: Entry,
): Contestant {
  return {
    name: one.name,
    kind: one.kind,
    prepare: async () => {
      const { url, program } = await one.start(stage, { issuer, cores: cores.server })
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
  readonly one: ResourceContestant
  readonly workload: Workload
  readonly proof: ProofTokens
  readonly file: string
}
