import { defineConfig } from 'vitest/config'

export default defineConfig({
  ssr: { resolve: { conditions: ['countersign-source', 'node'] } },
  resolve: { conditions: ['countersign-source', 'node'] },
  // A poll ends as soon as its answer is there; the limit is for a machine that has other things to do.
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { interval: 10, timeout: 5000 } },
  },
})
