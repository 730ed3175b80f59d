import type { Bench, Group } from '../bench.ts'
import { AUDIENCE, sqliteUrl, startAuthServer } from '../issuer/auth-server.ts'
import { type Mint, mintTokens, openMint } from '../issuer/mint-tokens.ts'
import { passwordRequest, requestTokens } from '../issuer/token-request.ts'
import { fire } from '../load/fire.ts'
import { type Contestant, compete } from '../measurement/compete.ts'
import { onStage, type Stage } from '../process/stage.ts'
import { CONTESTANTS, LIMIT, type ResourceContestant } from './contestants.ts'
import { mintProofTokens, type ProofTokens, proveVerifies } from './prove.ts'
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

/** What all contestants of a workload share. */
export interface Scene {
  readonly stage: Stage
  readonly issuer: string
  readonly mint: Mint
}

/** An issuer that runs and a mint with its key. */
export async function setScene({ cores }: Pick<Bench, 'cores'>, stage: Stage): Promise<Scene> {
  const { origin } = await startAuthServer(stage, {
    cores: cores.load,
    databaseUrl: sqliteUrl(stage, 'issuer'),
    // No token shall expire in a long run; what it costs to verify one does not depend on it.
    settings: { AUTH_ACCESS_TOKEN_LIFETIME: '12h', AUTH_PASSWORD_COST: '4', AUTH_DEFAULT_AUDIENCE: AUDIENCE },
  })
  const { access_token: template } = await requestTokens(`${origin}/token`, passwordRequest)
  const mint = await openMint(stage.path('issuer.db'), String(template))
  stage.onClose(mint.close)
  return { stage, issuer: origin, mint }
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
