import { defineConfig } from 'vitest/config'

export default defineConfig({
  ssr: { resolve: { conditions: ['countersign-source', 'node'] } },
  resolve: { conditions: ['countersign-source', 'node'] },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: 'test/support/postgres-global-setup.ts',
  },
})
