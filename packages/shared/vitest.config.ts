import { defineConfig } from 'vitest/config'

export default defineConfig({
  ssr: { resolve: { conditions: ['countersign-source', 'node', 'module', 'import', 'default'] } },
  resolve: { conditions: ['countersign-source', 'node', 'module', 'import', 'default'] },
})
