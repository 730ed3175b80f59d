import { startPostgresCluster } from '@countersign/test-tools/postgres-cluster'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The cluster that all test files share: its URL, to which a database name is added. */
    postgresUrl: string
  }
}

/** Starts one PostgreSQL for all test files, and removes it when the last is done. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startPostgresCluster()
  project.provide('postgresUrl', cluster.url)
  return cluster.remove
}
