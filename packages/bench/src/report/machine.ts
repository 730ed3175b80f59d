import { cpus } from 'node:os'

/** Describes the machine: what affects the figures, and nothing that identifies it. */
export function describeMachine(): string {
  const [first] = cpus()
  return `${cpus().length} cores (${first?.model.replaceAll(/\s+/g, ' ').trim()}), Node.js ${process.version}`
}
