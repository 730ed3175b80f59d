import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fileProblem } from './file-problem.ts'

function errorOf(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

describe('an error of the file system', () => {
  it('becomes a sentence that names the path and what to do', () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'file'), '')

    expect(fileProblem(errorOf(() => readFileSync(join(folder, 'nowhere'))))).toBe(
      `Cannot use ${folder}/nowhere (ENOENT): it is not there, or is a link to nothing.`,
    )
    expect(fileProblem(errorOf(() => readFileSync(join(folder, 'file', 'below'))))).toBe(
      `Cannot use ${folder}/file/below (ENOTDIR): a part of its path is a file, not a folder.`,
    )
    expect(fileProblem(errorOf(() => readFileSync(folder)))).toMatch(
      /\(EISDIR\): it is a folder, not a file\.$/,
    )
  })

  it('is told from a bug, which keeps its stack', () => {
    expect(fileProblem(new TypeError('x is not a function'))).toBeUndefined()
    expect(
      fileProblem(Object.assign(new Error(), { code: 'ECONNREFUSED', syscall: 'connect' })),
    ).toBeUndefined()
  })
})
