import type { Bench, Group } from '../bench.ts'
import { limitProgram } from '../limits/run-limit.ts'
import { fire } from '../load/fire.ts'
import { type Contestant, compete } from '../measurement/compete.ts'
import { onStage, type Stage } from '../process/stage.ts'
import { CONTESTANTS, type TokenContestant } from './contestants.ts'
import { proveIssues } from './prove.ts'

const CONNECTIONS = 10

/** How long a server is warmed up, in seconds. */
const WARM_UP = 1

const LIMIT = 'the RSA limit'

/** What issuing costs an authorization server, beside what a user would pick instead. */
export const tokenGroup: Group = {
  name: 'token',
  title: 'Issuing tokens',
  run: (bench) => onStage((stage) => compareServers(bench, stage)),
}

async function compareServers(bench: Bench, stage: Stage): Promise<void> {
  const title = '`POST /token`, client_credentials'
  const note =
    'JWT access tokens signed with RS256, RSA-2048; clients authenticate with HTTP Basic. Ours reads client, resource and ' +
    `authorization from SQLite on disk for every token; the peers have them in memory. ${LIMIT[0]?.toUpperCase()}${LIMIT.slice(1)} is ` +
    'signatures of `node:crypto` on the same core and nothing else.'
  await compete(bench, { title, note, unit: 'tokens', limit: LIMIT }, [
    ...CONTESTANTS.map((one) => contestantOf(bench, stage, one)),
    limitProgram(bench, { name: LIMIT, file: 'rsa-signatures.ts', args: [String(bench.settings.seconds)] }),
  ])
}

function contestantOf({ settings, cores, signal }: Bench, stage: Stage, one: TokenContestant): Contestant {
  return {
    name: one.name,
    kind: one.kind,
    prepare: async () => {
      const server = await one.start(stage, cores.server)
      await proveIssues(server)
      const { tokenEndpoint: url, request, program } = server
      const target = { pid: program.pid, cores: cores.load, signal }
      const fireFor = (seconds: number) =>
        fire({ url, method: 'POST', ...request, connections: CONNECTIONS, seconds }, target)
      await fireFor(WARM_UP)
      return { measure: () => fireFor(settings.seconds) }
    },
  }
}
