import type { Bench, Group } from '../bench.ts'
import { inWorkspace } from '../process/workspace.ts'
import { sqliteUrl, startAuthServer } from '../servers/auth-server.ts'
import { startResourceServer } from '../servers/resource-server.ts'
import { ATTACKS } from './attacks.ts'
import { type Answers, laySiege, type Outcome } from './lay-siege.ts'

/**
 * Runs every attack on both servers, one after the other. An attacker that holds all connections must not keep others
 * out.
 */
export const siegeGroup: Group = {
  name: 'siege',
  title: 'Under attack',
  run: (bench) =>
    inWorkspace(async (workspace) => {
      const authServer = await startAuthServer(workspace, { databaseUrl: sqliteUrl(workspace, 'siege') })
      const resourceServer = await startResourceServer(workspace, authServer.origin)
      for (const [name, server] of Object.entries({ authServer, resourceServer })) {
        await attackAll(bench, name, server)
      }
    }),
}

async function attackAll(
  { settings, signal, progress }: Bench,
  name: string,
  { origin, program }: { readonly origin: string; readonly program: { readonly pid: number } },
): Promise<void> {
  for (const attack of Object.keys(ATTACKS)) {
    signal.throwIfAborted()
    const port = Number(new URL(origin).port)
    const outcome = await laySiege({ pid: program.pid, port, attack, seconds: settings.seconds })
    progress(`${name}  ${attack.padEnd(18)}  ${inWords(outcome)}`)
  }
}

function inWords({ anew, kept, memory }: Outcome): string {
  return `anew ${timesOf(anew)}; kept ${timesOf(kept)}; ${Math.round(memory / 1e6)} MB`
}

function timesOf({ answered, failed, median, slowest }: Answers): string {
  const failures = failed > 0 ? `, ${failed} not` : ''
  return `${answered}${failures}, median ${Math.round(median)} ms, slowest ${Math.round(slowest)} ms`
}
