import { defineConfig } from 'vitest/config'

export default defineConfig({
  ssr: { resolve: { conditions: ['countersign-source', 'node'] } },
  resolve: { conditions: ['countersign-source', 'node'] },
  // Only a failure takes so long; the limit is for a machine that has other things to do.
  test: { testTimeout: 60_000, hookTimeout: 60_000 },
})
