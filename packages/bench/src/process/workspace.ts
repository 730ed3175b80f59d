import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Program, type ProgramOptions, startProgram } from './program.ts'

/** A folder for a comparison and the programs that run in it. Closing it ends all of them and removes the folder. */
export class Workspace {
  readonly folder: string
  readonly #closers: (() => Promise<void>)[] = []

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  }

  /** Starts a program that ends at the latest when the workspace closes. */
  start(options: ProgramOptions): Program {
    const program = startProgram(options)
    this.onClose(() => program.stop())
    return program
  }

  /** Registers what to do when the workspace closes. The last one registered runs first. */
  onClose(closer: () => Promise<void>): void {
    this.#closers.push(closer)
  }

  /** A path in the folder. */
  path(name: string): string {
    return join(this.folder, name)
  }

  async close(): Promise<void> {
    for (const closer of this.#closers.toReversed()) await closer()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Creates a workspace, runs `play` in it, and closes it whatever happens. */
export async function inWorkspace<T>(play: (workspace: Workspace) => Promise<T>): Promise<T> {
  const workspace = new Workspace()
  try {
    return await play(workspace)
  } finally {
    await workspace.close()
  }
}
