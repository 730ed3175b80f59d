import type { Bench, Group } from '../bench.ts'
import { passwordRequest, requestTokens } from '../issuer/token-request.ts'
import { limitProgram } from '../limits/run-limit.ts'
import { fire } from '../load/fire.ts'
import { type Candidate, compete } from '../measurement/compete.ts'
import { inWorkspace, type Workspace } from '../process/workspace.ts'
import { sqliteUrl, startAuthServer } from '../servers/auth-server.ts'
import { measureStorm } from './storm.ts'

/** The default cost, and a higher one that people ask for. */
const COSTS = [10, 12] as const

/** A sign-in takes so long that a measurement must be longer to contain enough of them. */
const SECONDS_FACTOR = 4

/** Enough that a thread that finishes always finds the next password waiting. */
const CONNECTIONS = 8

/** What a sign-in costs, and what many sign-ins cost all other requests. */
export const signInGroup: Group = {
  name: 'sign-in',
  title: 'Signing in',
  run: async (bench) => {
    for (const cost of COSTS) await inWorkspace((workspace) => compareWithLimit(bench, workspace, cost))
    await measureStorm(bench)
  },
}

async function compareWithLimit(bench: Bench, workspace: Workspace, cost: number): Promise<void> {
  const seconds = bench.settings.seconds * SECONDS_FACTOR
  const limit = 'the bcryptjs limit'
  const title = `\`POST /token\`, password, cost ${cost}`
  const note = `Whole sign-ins, ${seconds} s each, beside comparisons of bcryptjs in worker threads on the same core and nothing else.`
  await compete(bench, { title, note, unit: 'sign-ins', limit }, [
    ours(bench, workspace, { cost, seconds }),
    limitProgram(bench, {
      name: limit,
      file: 'bcrypt-comparisons.ts',
      args: [String(cost), String(seconds)],
    }),
  ])
}

function ours(
  { cores, signal }: Bench,
  workspace: Workspace,
  { cost, seconds }: { readonly cost: number; readonly seconds: number },
): Candidate {
  return {
    name: 'countersign, on SQLite',
    kind: 'ours',
    prepare: async () => {
      const { origin, program } = await startAuthServer(workspace, {
        cores: cores.server,
        databaseUrl: sqliteUrl(workspace, `cost-${cost}`),
        settings: { AUTH_PASSWORD_COST: String(cost) },
      })
      const url = `${origin}/token`
      const { refresh_token } = await requestTokens(url, passwordRequest)
      if (typeof refresh_token !== 'string') throw new Error('a sign-in gets no refresh token')
      const target = { pid: program.pid, cores: cores.load, signal }
      const order = { url, method: 'POST', ...passwordRequest, connections: CONNECTIONS } as const
      const { perSecond } = await fire({ ...order, amount: 2 * CONNECTIONS }, target)
      // A number of requests and not a duration: otherwise requests left in the queue would be in the next measurement.
      const amount = Math.max(CONNECTIONS, Math.round(perSecond * seconds))
      return { measure: () => fire({ ...order, amount }, target) }
    },
  }
}
