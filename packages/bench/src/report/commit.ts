import { spawnSync } from 'node:child_process'
import { ROOT } from '../process/paths.ts'

/** Names the commit that is measured, and says when the checkout differs from it beyond the page itself. */
export function describeCommit(): string {
  const commit = git('rev-parse', '--short', 'HEAD')
  const changes = git('status', '--porcelain', '--', '.', ':!docs/performance*')
  return changes === '' ? commit : `${commit} with local changes`
}

function git(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`git ${args.join(' ')} fails: ${stderr}`)
  return stdout.trim()
}
