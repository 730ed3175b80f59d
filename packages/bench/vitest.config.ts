import { defineConfig } from 'vitest/config'

export default defineConfig({
  ssr: { resolve: { conditions: ['countersign-source', 'node'] } },
  resolve: { conditions: ['countersign-source', 'node'] },
})
