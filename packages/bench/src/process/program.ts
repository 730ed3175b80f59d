import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pinned } from './cores.ts'
import { ROOT } from './paths.ts'

/** How to run a program at the root of the repository. */
export interface ProgramOptions {
  /** `node` when there is none. */
  readonly command?: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cores?: string | undefined
  /** The file for its standard output. Writing a log has a cost wherever the log goes. */
  readonly logFile?: string
  /** Written to its standard input, which is then closed. */
  readonly input?: string
}

/** A running program. */
export interface Program {
  readonly pid: number
  /** Resolves to its exit code when it has ended, or to `null` when a signal ended it. */
  readonly ended: Promise<number | null>
  readonly hasEnded: () => boolean
  /** Its standard output, unless that goes to a file. */
  readonly stdout: () => string
  readonly stderr: () => string
  /** Asks it to end, kills it after a timeout, and resolves when it has ended. */
  readonly stop: () => Promise<void>
}

/** How long a program may take to end by itself, in milliseconds. Longer than our servers take to drain. */
const STOP_TIMEOUT_MS = 11_000

/** Starts a program. It inherits only `PATH` and `HOME` from our own environment. */
export function startProgram(options: ProgramOptions): Program {
  const { command: name = process.execPath, args, env = {}, cores, logFile, input } = options
  const [command, commandArgs] = pinned(name, args, cores)
  const log = logFile === undefined ? undefined : openSync(logFile, 'a', 0o600)
  const child = spawn(command, commandArgs, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...env },
    stdio: ['pipe', log ?? 'pipe', 'pipe'],
  })
  if (log !== undefined) closeSync(log)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  }
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(input ?? '')

  let over = false
  const ended = once(child, 'close').then(([code]): number | null => {
    over = true
    return code
  })
  return {
    pid: child.pid ?? Number.NaN,
    ended,
    hasEnded: () => over,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    stop: async () => {
      child.kill('SIGTERM')
      const insist = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      await ended
      clearTimeout(insist)
    },
  }
}

/** Runs a program to its end and parses the JSON it prints. Rejects with its error output. */
export async function runProgram(options: ProgramOptions, signal: AbortSignal): Promise<unknown> {
  return JSON.parse(await runCommand(options, signal))
}

/** Runs a program to its end and returns what it prints. Rejects with its error output. */
export async function runCommand(options: ProgramOptions, signal: AbortSignal): Promise<string> {
  const program = startProgram(options)
  const stop = () => void program.stop()
  signal.addEventListener('abort', stop)
  const code = await program.ended
  signal.removeEventListener('abort', stop)
  signal.throwIfAborted()
  if (code !== 0) throw new Error(`${options.args[0]} ended with ${code}:\n${program.stderr()}`)
  return program.stdout()
}

/** How long a server may take to become ready, in milliseconds. */
const READY_TIMEOUT_MS = 30_000

/** Waits until a URL answers as it should. Rejects when the program ends before that, with its error output. */
export async function untilAnswering(
  program: Program,
  url: string,
  { every = 50, answers = () => true }: { every?: number; answers?: (status: number) => boolean } = {},
): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  while (performance.now() < deadline) {
    if (program.hasEnded()) throw new Error(`ended before it was ready: ${lastLines(program.stderr())}`)
    const response = await fetch(url).catch(() => undefined)
    await response?.body?.cancel()
    if (response && answers(response.status)) return
    await pause(every)
  }
  throw new Error(`was not ready within ${READY_TIMEOUT_MS / 1000} s: ${lastLines(program.stderr())}`)
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-5).join(' ')
}

/** True when the shell would find a program of this name. */
export function isOnPath(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))
}
