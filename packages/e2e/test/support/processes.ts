import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { onTestFinished, vi } from 'vitest'

/** The workspace root: where paths start, and where every process is run. */
export const ROOT = resolve(import.meta.dirname, '../../../..')

/** How long anything may take on a busy machine, in milliseconds; only a failure takes that long. */
export const TEST_TIMEOUT_MS = 30_000

/** Settings as variables, beyond the few that every process has. */
export type Settings = Readonly<Record<string, string>>

/** How a process ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process under test; it never outlives its test. */
export interface RunningProcess {
  readonly pid: number
  readonly stdout: () => string
  readonly stderr: () => string
  readonly kill: (signal: NodeJS.Signals) => void
  /** Resolves when the process has ended and all it said has arrived. */
  readonly ended: Promise<Ending>
  /** Polls until it holds; rejects when the process ends before, with what it said. */
  readonly until: (holds: () => boolean | Promise<boolean>) => Promise<void>
}

/** Runs `node` with these arguments at the root. Nothing of our own environment goes along but where programs are. */
export function runNode(args: readonly string[], settings: Settings): RunningProcess {
  return watch(spawn(process.execPath, args, { cwd: ROOT, env: environment(settings) }), (child, signal) =>
    child.kill(signal),
  )
}

/** The same in a process group of its own, which the test can end as a whole: for processes that start others. */
export function runNodeGroup(args: readonly string[], settings: Settings): RunningProcess {
  const options = { cwd: ROOT, env: environment(settings), detached: true }
  return watch(spawn(process.execPath, args, options), killGroup)
}

function environment(settings: Settings): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME, ...settings }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
  } catch {
    // Nobody is left in the group.
  }
}

function watch(
  child: ChildProcess,
  destroy: (child: ChildProcess, signal: NodeJS.Signals) => void,
): RunningProcess {
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  }
  let over = false
  const ended = once(child, 'close').then(([code, signal]): Ending => {
    over = true
    return { code, signal }
  })
  onTestFinished(async () => {
    destroy(child, 'SIGKILL')
    await ended
  })

  return {
    pid: child.pid ?? Number.NaN,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    kill: (signal) => child.kill(signal),
    ended,
    until: (holds) =>
      vi.waitUntil(
        async () => {
          if (over) throw new Error(`The process ended before its time:\n${said.stdout}\n${said.stderr}`)
          return await holds()
        },
        { timeout: TEST_TIMEOUT_MS, interval: 50 },
      ) as Promise<unknown> as Promise<void>,
  }
}
